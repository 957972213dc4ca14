#include "ops/lab/county/intake_day.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace ops::simulate {
namespace {

using engine::Instant;

// 300 contacts a day at 349 grids, in thousandths of a contact for one grid.
constexpr std::int64_t kContactsPerGrid = 300'000 / 349;
constexpr std::int64_t kPeakFactor = 29;
constexpr std::uint32_t kPeakEvery = 30;  // days
constexpr std::size_t kRecent = 60;

constexpr std::array<std::string_view, 8> kChannels = {"hotline", "app",   "qr",       "patrol",
                                                       "web",     "media", "superior", "leader"};
constexpr std::array<unsigned, 8> kChannelWeights = {540, 170, 120, 80, 35, 20, 25, 10};

std::int64_t contacts_per_day(const CountyOptions& options) {  // in thousandths
  return kContactsPerGrid * options.grids * options.rate_percent / 100;
}

// The day of the burst among thirty. In the first thirty it is one of the first days, so that a short simulation has
// one too.
std::uint32_t peak_day(const CountyOptions& options, std::uint32_t block) {
  constexpr std::uint64_t kFirstDays = 4;
  Random random = random_stream(options.seed, Stream::peak, block);
  return static_cast<std::uint32_t>(1 + random.below(block == 0 ? kFirstDays : kPeakEvery - 1));
}

}  // namespace

void Intake::tell_day(Day day, std::uint32_t number, Instant from) {
  Random random = random_stream(options_.seed, Stream::day, static_cast<std::uint64_t>(day));
  const std::int64_t mean = contacts_per_day(options_) * demand(day) / 1000;
  const std::int64_t count = random.rounded(mean * random.between(880, 1120) / 1000);
  std::vector<Contact> contacts;
  for (std::int64_t i = 0; i < count; ++i) {
    Random own =
        random_stream(options_.seed, Stream::contact, static_cast<std::uint64_t>(day), static_cast<std::uint64_t>(i));
    Instant time = begin_of(day) + std::chrono::hours(own.weighted(hours_of_demand()));
    time += std::chrono::seconds(own.below(3'600));
    contacts.push_back(contact(own, time));
  }
  add_burst(number, day, contacts);
  std::ranges::stable_sort(contacts, {}, &Contact::time);
  std::uint32_t numbered = 0;
  for (Contact& contact : contacts) {
    contact.id = fmt::format("YZ-{}{}-{:05}", options_.run, compact_date(day), ++numbered);
    if (contact.time < from) continue;
    Random own = random_stream(options_.seed, Stream::contact, text_number(contact.id));
    repeat_recent(own, contact);
    CaseStory(map_, options_, out_, contact).tell();
    remember(contact);
  }
}

Contact Intake::contact(Random& random, Instant time) {
  Contact contact;
  contact.time = time;
  contact.channel = kChannels[random.weighted(kChannelWeights)];
  contact.category = random.weighted(category_weights());
  contact.priority = categories()[contact.category].priority;
  if (contact.priority < 4 && random.per_mille(60)) ++contact.priority;
  choose_place(random, contact);
  if (contact.channel == "patrol") {
    contact.kind = "help";
    contact.path = random.per_mille(540) ? Path::self_handled : Path::sent;
    return contact;
  }
  // 58.5 % of all are answered at the desk; patrols ask for nothing, so it is more of the others.
  if (random.per_mille(635)) {
    contact.kind = random.per_mille(930) ? "enquiry" : "praise";
    contact.path = Path::answered;
    return contact;
  }
  static constexpr std::array<std::string_view, 4> kKinds = {"help", "complaint", "tip_off", "suggestion"};
  contact.kind = kKinds[random.weighted({480, 390, 60, 70})];
  contact.path = random.per_mille(35) ? Path::declined : Path::sent;
  return contact;
}

// Most contacts name a grid or a building, some a community alone; of a few nobody knows the place.
void Intake::choose_place(Random& random, Contact& contact) const {
  contact.grid = static_cast<std::uint32_t>(random.below(map_.grids().size()));
  const Grid& grid = map_.grids()[contact.grid];
  switch (random.weighted({640, 250, 80, 30})) {
    case 0:
      contact.area = grid.id;
      break;
    case 1:
      contact.area = grid.buildings[random.below(grid.buildings.size())];
      break;
    case 2:
      contact.area = grid.community;
      break;
    default:
      break;
  }
}

void Intake::repeat_recent(Random& random, Contact& contact) const {
  if (contact.path != Path::sent || contact.channel == "patrol") return;
  if (!random.per_mille(contact.burst ? 300 : 60)) return;
  for (auto recent = recent_.rbegin(); recent != recent_.rend(); ++recent) {
    if (contact.burst && recent->category != contact.category) continue;
    if (contact.time - recent->time > std::chrono::hours(48)) return;
    contact.merged_into = recent->id;
    contact.category = recent->category;
    contact.grid = recent->grid;
    contact.area = map_.grids()[contact.grid].id;
    contact.priority = categories()[contact.category].priority;
    return;
  }
}

void Intake::remember(const Contact& contact) {
  if (contact.path != Path::sent || !contact.merged_into.empty()) return;
  recent_.push_back({contact.id, contact.time, contact.category, contact.grid});
  if (recent_.size() > kRecent) recent_.pop_front();
}

void Intake::add_burst(std::uint32_t number, Day day, std::vector<Contact>& contacts) const {
  if (number % kPeakEvery != peak_day(options_, number / kPeakEvery)) return;
  Random random = random_stream(options_.seed, Stream::peak, number, 1);
  const std::int64_t count = random.rounded(contacts_per_day(options_) * kPeakFactor / 24);
  const Instant begin = begin_of(day) + std::chrono::hours(random.between(7, 19));
  std::vector<std::size_t> causes;
  for (std::size_t i = 0; i < categories().size(); ++i) {
    if (categories()[i].heating_season) causes.push_back(i);
  }
  const std::size_t cause = causes[random.below(causes.size())];
  const auto street = static_cast<std::uint32_t>(random.below(map_.streets().size()));
  for (std::int64_t i = 0; i < count; ++i) {
    Contact contact;
    contact.time = begin + std::chrono::seconds(random.below(3'600));
    contact.channel = kChannels[random.weighted({700, 180, 120})];
    contact.category = cause;
    contact.priority = categories()[cause].priority;
    do {
      choose_place(random, contact);
    } while (map_.grids()[contact.grid].street != street && random.per_mille(850));
    // Most are told what is known already; the others go to a unit.
    contact.kind = random.per_mille(700) ? "help" : "complaint";
    contact.path = random.per_mille(585) ? Path::answered : Path::sent;
    contact.burst = true;
    contacts.push_back(std::move(contact));
  }
}

void Intake::tell_alarm(const Device& device, Instant time, const std::string& id) {
  Contact contact;
  contact.id = id;
  contact.time = time;
  contact.kind = "help";
  contact.channel = "sensor";
  contact.category = category(device_kinds()[device.kind].category);
  contact.priority = std::min<std::int64_t>(2, categories()[contact.category].priority);
  contact.grid = device.grid;
  contact.area = map_.grids()[device.grid].id;
  CaseStory(map_, options_, out_, contact).tell();
}

}  // namespace ops::simulate
