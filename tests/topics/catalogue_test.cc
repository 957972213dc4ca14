#include "topics/catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace topics {

namespace {

TEST(Catalogue, EveryTypeIsFoundByItsName) {
  for (const TypeSpec& type : catalogue()) {
    ASSERT_NE(find_type(type.name), nullptr) << type.name;
    EXPECT_EQ(find_type(type.name)->type, type.type) << type.name;
    EXPECT_EQ(&spec(type.type), find_type(type.name));
  }
  EXPECT_EQ(find_type("request.unheard_of"), nullptr);
  EXPECT_EQ(find_type(""), nullptr);
}

TEST(Catalogue, EveryFieldIsFoundByItsName) {
  for (const FieldMeaning& field : fields()) {
    ASSERT_NE(find_field(field.name), nullptr) << field.name;
    EXPECT_EQ(find_field(field.name)->field, field.field);
    EXPECT_EQ(name(field.field), field.name);
    EXPECT_FALSE(field.doc.empty()) << field.name;
  }
  EXPECT_EQ(find_field("grid"), nullptr);  // an alias
}

TEST(Catalogue, ForeignNamesAreRead) {
  EXPECT_EQ(find_type("request.opened")->type, Type::request_reported);
  EXPECT_EQ(find_type("dispatch.completed")->type, Type::dispatch_handled);
  EXPECT_EQ(find_type("visit.follow_up")->type, Type::judgement_called_back);
  EXPECT_EQ(find_type("dispatch.assigned")->type, Type::dispatch_assigned);
  EXPECT_EQ(find_type("工单.派单")->type, Type::dispatch_sent);
  EXPECT_EQ(find_type("report.fixed")->type, Type::dispatch_handled);
  for (const Alias& alias : aliases()) {
    ASSERT_NE(find_type(alias.alias), nullptr) << alias.alias;
    EXPECT_EQ(find_type(alias.alias)->type, alias.type) << alias.alias;
  }
}

TEST(Catalogue, NamesAreDottedAndBelongToNobodyElse) {
  std::set<std::string_view> names;
  for (const TypeSpec& type : catalogue()) {
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    EXPECT_EQ(std::ranges::count(type.name, '.'), 1) << type.name;
    EXPECT_TRUE(std::ranges::all_of(type.name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.'; }));
    EXPECT_FALSE(type.subject.empty() || type.doc.empty() || type.chinese.empty()) << type.name;
  }
  for (const Alias& alias : aliases()) EXPECT_TRUE(names.insert(alias.alias).second) << alias.alias;
}

TEST(Catalogue, NoTypeListsAFieldTwice) {
  for (const TypeSpec& type : catalogue()) {
    std::set<Field> listed;
    for (const FieldSpec& field : type.fields) {
      EXPECT_TRUE(listed.insert(field.field).second) << type.name << " " << name(field.field);
      EXPECT_EQ(find(type, field.field), &field);
    }
  }
  EXPECT_EQ(find(spec(Type::request_merged), Field::metric), nullptr);
}

TEST(Catalogue, EveryFieldIsListedBySomeType) {
  std::set<Field> listed;
  for (const TypeSpec& type : catalogue()) {
    for (const FieldSpec& field : type.fields) listed.insert(field.field);
  }
  for (const FieldMeaning& field : fields()) EXPECT_TRUE(listed.contains(field.field)) << field.name;
}

TEST(Catalogue, DispatchesAndJudgementsSayWhoActed) {
  for (const TypeSpec& type : catalogue()) {
    if (type.family != Family::dispatches && type.family != Family::judgements) continue;
    for (const Field field : {Field::actor, Field::role, Field::by_unit}) EXPECT_NE(find(type, field), nullptr);
  }
}

TEST(Catalogue, WhatTellsAboutAPersonIsMarked) {
  for (const Field field : {Field::text, Field::address, Field::reporter, Field::phone, Field::latitude,
                            Field::longitude, Field::actor, Field::person}) {
    EXPECT_TRUE(meaning(field).personal) << name(field);
  }
}

}  // namespace

}  // namespace topics
