#include "ops/lab/county/names.h"

#include <array>

#include <fmt/format.h>

#include "engine/result.h"

namespace ops::simulate {
namespace {

constexpr std::array<std::string_view, 10> kStreets = {"西苑街道", "东湖街道", "文昌街道", "龙桥街道", "新城街道",
                                                       "泗水街道", "古井镇",   "大安镇",   "柳河镇",   "石门镇"};
constexpr std::array<std::string_view, 16> kFirst = {"春", "文", "和", "福", "明", "兴", "安", "永",
                                                     "清", "金", "长", "东", "南", "康", "新", "瑞"};
constexpr std::array<std::string_view, 12> kSecond = {"晖", "华", "平", "泰", "德", "宁",
                                                      "乐", "丰", "源", "桥", "园", "林"};
constexpr std::array<std::string_view, 8> kEstates = {"小区", "花园", "家园", "苑", "新村", "雅居", "名邸", "公寓"};
constexpr std::array<std::string_view, 20> kNumerals = {"一",   "二",   "三",   "四",   "五",   "六",   "七",
                                                        "八",   "九",   "十",   "十一", "十二", "十三", "十四",
                                                        "十五", "十六", "十七", "十八", "十九", "二十"};

constexpr std::array kDepartments = {
    Department{"dept-chengguan", "综合行政执法局"},
    Department{"dept-zhujian", "住房和城乡建设局"},
    Department{"dept-shuiwu", "水务局"},
    Department{"dept-gongdian", "供电公司"},
    Department{"dept-gongre", "供热公司"},
    Department{"dept-ranqi", "燃气公司"},
    Department{"dept-gongan", "公安局"},
    Department{"dept-jiaotong", "交通运输局"},
    Department{"dept-shichang", "市场监督管理局"},
    Department{"dept-huanjing", "生态环境局"},
    Department{"dept-weijian", "卫生健康局"},
    Department{"dept-jiaoyu", "教育和体育局"},
    Department{"dept-minzheng", "民政局"},
    Department{"dept-renshe", "人力资源和社会保障局"},
    Department{"dept-ziran", "自然资源和规划局"},
    Department{"dept-nongye", "农业农村局"},
    Department{"dept-yingji", "应急管理局"},
    Department{"dept-xiaofang", "消防救援大队"},
    Department{"dept-wenlv", "文化和旅游局"},
    Department{"dept-yibao", "医疗保障局"},
};

constexpr std::array kGroups = {
    CategoryGroup{"facilities", "公共设施"}, CategoryGroup{"utilities", "水电气热"},
    CategoryGroup{"sanitation", "市容环境"}, CategoryGroup{"property", "物业管理"},
    CategoryGroup{"safety", "公共安全"},     CategoryGroup{"livelihood", "民生服务"},
};

constexpr std::array kCategories = {
    Category{"lighting", "路灯", "facilities", "dept-zhujian", "路灯不亮", "lamp-out-24h", "1 work_day", 3, 60, false},
    Category{"manhole", "井盖", "facilities", "dept-zhujian", "井盖缺失松动", "cover-missing", "2 urgent_hour", 1, 18,
             false},
    Category{"road", "道路破损", "facilities", "dept-jiaotong", "路面坑洼", "hole-over-25cm", "5 work_day", 4, 46,
             false},
    Category{"greening", "绿化", "facilities", "dept-zhujian", "树枝遮挡", "branch-down", "3 work_day", 4, 34, false},
    Category{"water", "供水", "utilities", "dept-shuiwu", "家里停水", "no-water", "4 work_hour", 2, 55, true},
    Category{"power", "供电", "utilities", "dept-gongdian", "停电", "no-power", "4 work_hour", 2, 42, false},
    Category{"heating", "供暖", "utilities", "dept-gongre", "暖气不热", "below-18-degrees", "1 work_day", 2, 95, true},
    Category{"gas", "燃气", "utilities", "dept-ranqi", "闻到燃气味", "gas-smell", "1 urgent_hour", 1, 12, false},
    Category{"drain", "排水", "utilities", "dept-shuiwu", "下水道堵塞", "overflow", "1 work_day", 2, 50, true},
    Category{"garbage", "垃圾清运", "sanitation", "dept-chengguan", "垃圾没有清运", "exposed-waste", "4 work_hour", 3,
             80, false},
    Category{"stall", "占道经营", "sanitation", "dept-chengguan", "摊贩占道", "road-occupied", "2 work_hour", 3, 58,
             false},
    Category{"illegal-building", "违法建设", "sanitation", "dept-chengguan", "有人私搭乱建", "built-without-permit",
             "20 work_day", 4, 26, false},
    Category{"dust", "扬尘", "sanitation", "dept-huanjing", "工地扬尘", "uncovered-soil", "1 work_day", 3, 24, false},
    Category{"noise", "噪声", "sanitation", "dept-huanjing", "夜间施工吵闹", "night-work", "1 work_day", 3, 66, false},
    Category{"property-fee", "物业收费", "property", "dept-zhujian", "物业收费不公开", "fee-not-shown", "7 work_day", 4,
             38, false},
    Category{"property-service", "物业服务", "property", "dept-zhujian", "楼道没人打扫", "not-cleaned", "3 work_day", 3,
             62, false},
    Category{"elevator", "电梯", "property", "dept-shichang", "电梯停运", "lift-stopped", "4 work_hour", 2, 36, false},
    Category{"parking", "停车", "property", "dept-gongan", "车位被占", "space-blocked", "2 work_day", 3, 72, false},
    Category{"fire-lane", "消防通道", "safety", "dept-xiaofang", "消防通道被堵", "lane-blocked", "2 urgent_hour", 1, 22,
             false},
    Category{"ebike", "电动车充电", "safety", "dept-xiaofang", "电动车进楼充电", "charging-indoors", "4 work_hour", 2,
             30, false},
    Category{"neighbours", "邻里纠纷", "safety", "dept-gongan", "邻居漏水不管", "dispute", "5 work_day", 3, 28, false},
    Category{"medical", "医保", "livelihood", "dept-yibao", "医保报销", "claim-open", "10 work_day", 4, 54, false},
    Category{"wages", "欠薪", "livelihood", "dept-renshe", "工资拖欠", "unpaid-30d", "5 work_day", 3, 32, false},
    Category{"school", "入学", "livelihood", "dept-jiaoyu", "入学片区", "place-asked", "10 work_day", 4, 40, false},
    Category{"elderly-care", "养老助残", "livelihood", "dept-minzheng", "老人需要照料", "help-asked", "2 work_day", 3,
             36, false},
};

constexpr auto kCategoryWeights = [] {
  std::array<unsigned, kCategories.size()> weights{};
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = kCategories[i].weight;
  return weights;
}();

}  // namespace

std::string_view street_name(std::size_t i) {
  return kStreets[i % kStreets.size()];
}

std::string community_name(std::size_t street, std::size_t i) {
  return fmt::format("{}{}社区", kFirst[(street * 5 + i) % kFirst.size()], kSecond[(street * 7 + i) % kSecond.size()]);
}

std::string_view numeral(std::size_t n) {
  return kNumerals.at(n - 1);
}

std::string estate_name(std::size_t community, std::size_t i) {
  const std::size_t n = community * 3 + i;
  return fmt::format("{}{}{}", kFirst[(n * 11 + 3) % kFirst.size()], kSecond[(n * 5 + 1) % kSecond.size()],
                     kEstates[n % kEstates.size()]);
}

std::span<const Department> departments() {
  return kDepartments;
}

std::span<const Category> categories() {
  return kCategories;
}

std::span<const unsigned> category_weights() {
  return kCategoryWeights;
}

std::size_t category(std::string_view id) {
  for (std::size_t i = 0; i < kCategories.size(); ++i) {
    if (kCategories[i].id == id) return i;
  }
  CHECK(!"a category of the list");
  return 0;
}

std::span<const CategoryGroup> category_groups() {
  return kGroups;
}

}  // namespace ops::simulate
