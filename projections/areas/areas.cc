#include "projections/areas/areas.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "engine/bytes.h"
#include "topics/stages.h"
#include "topics/topology.h"

namespace projections {
namespace {

using engine::Context;
using engine::Message;
using topics::Bucket;
using topics::BucketKind;
using topics::Counter;

// In the order of topics/stages.h.
enum Input : std::size_t { kDirectory, kDeltas };
enum Output : std::size_t { kToWorkload, kToRankings, kToDeadLetters };

constexpr std::size_t kMaxInLeague = 200'000;  // remembered
constexpr std::size_t kBucketBytes = 10;       // at the end of the key of a counter row
constexpr std::uint64_t kDays = 0;             // the queue of days to be published

const std::string kTotal = "\x01";  // the row of everything; ids of areas hold no control characters

// Key of a counter row: area \0 kind number. Days and months of an area lie together, in order.
std::string counter_key(std::string_view area, Bucket bucket) {
  std::string key(area);
  key.push_back('\0');
  key.push_back(static_cast<char>(bucket.kind));
  engine::put_sortable(key, bucket.number);
  return key;
}

std::string bucket_prefix(std::string_view area, BucketKind kind) {
  std::string key(area);
  key.push_back('\0');
  key.push_back(static_cast<char>(kind));
  return key;
}

std::int32_t number_at_end(std::string_view key) {
  return static_cast<std::int32_t>(engine::sortable_at(key.substr(key.size() - 8)));
}

// Key of a league: month level \0 area.
std::string league_prefix(std::int32_t month, std::string_view level) {
  std::string key;
  engine::put_sortable(key, month);
  key += level;
  key.push_back('\0');
  return key;
}

std::string month_key(std::int32_t month) {
  std::string key;
  engine::put_sortable(key, month);
  return key;
}

bool better(const Place& a, const Place& b) {
  return static_cast<__int128>(a.score_num) * b.score_den > static_cast<__int128>(b.score_num) * a.score_den;
}
bool equal(const Place& a, const Place& b) {
  return !better(a, b) && !better(b, a);
}

void set_figures(Place& place, const CounterRow& row) {
  for (const topics::IndicatorSpec& one : topics::indicators()) {
    place.indicators.push_back({std::string(one.code), row[one.numerator], row[one.denominator]});
  }
  place.score_num = row[kScore.numerator];
  place.score_den = row[kScore.denominator];
}

}  // namespace

void CounterRow::encode(std::string& out) const {
  engine::put_fixed(out, kFormat);
  engine::put_fixed(out, static_cast<std::uint8_t>(unpublished));
  put_counts(out, n);
}

bool CounterRow::decode(std::string_view bytes) {
  engine::ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return false;
  unpublished = in.fixed<std::uint8_t>() != 0;
  return get_counts(in, n) && in.complete();
}

void LeagueRow::encode(std::string& out) const {
  engine::put_fixed(out, kFormat);
  engine::put_fixed(out, static_cast<std::uint8_t>(published));
  engine::put_signed(out, rank);
  engine::put_signed(out, of);
  engine::put_signed(out, previous_rank);
  engine::put_varint(out, figures.size() - static_cast<std::size_t>(std::ranges::count(figures, Figure{})));
  for (std::size_t number = 0; number < figures.size(); ++number) {
    if (figures[number] == Figure{}) continue;
    engine::put_varint(out, number);
    engine::put_signed(out, figures[number].num);
    engine::put_signed(out, figures[number].den);
  }
}

bool LeagueRow::decode(std::string_view bytes) {
  engine::ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return false;
  published = in.fixed<std::uint8_t>() != 0;
  rank = in.integer();
  of = in.integer();
  previous_rank = in.integer();
  figures = {};
  std::uint64_t next = 0;  // lowest number that may come
  for (std::uint64_t n = in.varint(); n > 0; --n) {
    const std::uint64_t number = in.varint();
    if (in.failed() || number < next || number >= figures.size()) return false;
    figures[number].num = in.integer();
    figures[number].den = in.integer();
    next = number + 1;
  }
  return in.complete();
}

Areas::Areas(const std::string& prefix) : spec_(topics::stage_spec(topics::stage_contract("areas"), prefix)) {
  spec_.logic_version = kLogicVersion;
}

void Areas::open(engine::State& state) {
  directory_ = std::make_unique<Directory>(state);
  counters_ = std::make_unique<engine::Table<CounterRow>>(state, "counters");
  leagues_ = std::make_unique<engine::Table<LeagueRow, engine::Access::ordered>>(state, "leagues");
  unpublished_ = std::make_unique<engine::Table<Unpublished, engine::Access::ordered>>(state, "unpublished");
  unpublished_days_ = std::make_unique<KeyQueues>(state, "unpublished_days");
  told_behind_ = std::make_unique<engine::Table<Tally, engine::Access::ordered>>(state, "behind");
  rules_version_ = std::make_unique<engine::Table<Tally, engine::Access::ordered>>(state, "rules_version");
  tallies_ = std::make_unique<Tallies>(state);
  inputs_ = std::make_unique<EventInputs>(spec_, -1);
  rejections_ = std::make_unique<Rejections>(*inputs_, *tallies_, kToDeadLetters);
}

void Areas::restore() {
  directory_->restore();
  unpublished_days_->restore();
  rollups_.clear();
  in_league_.clear();
  behind_.clear();
  told_behind_->scan("", "", [&](std::string_view task, const Tally& told) {
    if (told.n != 0) behind_.emplace(task);
    return true;
  });
}

void Areas::decode(Message& message) {
  if (message.input == kDirectory) return inputs_->decode(message);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(decoded_.size()));
    decoded_.emplace_back();
  }
  message.slot = free_.back();
  free_.pop_back();
  std::optional<topics::AreaDeltas>& slot = decoded_[message.slot];
  slot.reset();
  if (auto deltas = topics::decode_area_deltas(message.record.value)) {
    message.event_time = deltas->time;
    slot = std::move(*deltas);
  }
}

void Areas::apply(const Message& message, Context& context) {
  if (message.input == kDirectory) return apply_rules(message, context);
  const std::optional<topics::AreaDeltas> deltas = std::exchange(decoded_[message.slot], std::nullopt);
  free_.push_back(message.slot);
  if (!deltas) {  // only the cases stage writes this topic
    tallies_->add("unreadable_deltas");
    return;
  }
  const std::vector<topics::CounterDelta>& all = deltas->deltas;
  std::uint32_t area = 0;
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    if (begin == 0 || all[begin].area != all[begin - 1].area) area = sums_.number_of(all[begin].area);
    while (end < all.size() && all[end].area == all[begin].area && all[end].bucket == all[begin].bucket) ++end;
    for (const std::uint32_t row : rollup(area)) {
      Counts& counts = sums_.at(row, all[begin].bucket);
      for (std::size_t i = begin; i < end; ++i) counts[static_cast<std::size_t>(all[i].counter)] += all[i].n;
    }
  }
  if (deltas->behind != behind_.contains(deltas->task)) {
    told_behind_->upsert(deltas->task).n = deltas->behind ? 1 : 0;
    if (deltas->behind) {
      behind_.insert(deltas->task);
    } else {
      behind_.erase(deltas->task);
    }
  }
  if (const Tally* known = rules_version_->find(deltas->task); known == nullptr || known->n < deltas->rules_version) {
    rules_version_->upsert(deltas->task).n = deltas->rules_version;
  }
  tallies_->add("deltas", static_cast<std::int64_t>(deltas->deltas.size()));
}

void Areas::apply_rules(const Message& message, Context& context) {
  EventInputs::Item& item = inputs_->item(message);
  std::optional<topics::Rejection> refused = std::move(item.rejected);
  if (!refused && item.event.spec() != nullptr) {
    if (item.event.spec()->family != topics::Family::directory) {
      refused = topics::Rejection{topics::Reason::wrong_topic,
                                  fmt::format("events of type {} belong to topic {}", item.event.spec()->name,
                                              topics::topic_of(item.event.spec()->family))};
    } else {
      const std::string subject(item.event.subject());
      flush(context.now());  // by the tree as it was
      const std::vector<std::string> chain_before = rollup(subject);
      const Directory::Change change = directory_->apply(item.event, item.origin.logged);
      refused = change.refused;
      if (!refused && !change.area.empty()) {
        rollups_.clear();
        in_league_.clear();
        moved(subject, chain_before, change.before ? change.before->level : "", context.now());
        flush(context.now());
      }
      if (!refused) tallies_->add("rules");
    }
  }
  if (refused) rejections_->reject(message, *refused, context);
  inputs_->release(message);
}

std::string Areas::level_of(std::string_view area) const {
  const Area* found = directory_->area(area);
  return found == nullptr ? std::string() : found->level;
}

std::vector<std::string> Areas::rollup(std::string_view area) const {
  std::vector<std::string> rows = directory_->chain(area);
  rows.push_back(kTotal);
  return rows;
}

const std::vector<std::uint32_t>& Areas::rollup(std::uint32_t area) {
  if (area >= rollups_.size()) rollups_.resize(area + 1);
  if (rollups_[area].empty()) {
    std::vector<std::uint32_t> rows;
    for (const std::string& above : rollup(sums_.area(area))) rows.push_back(sums_.number_of(above));
    rollups_[area] = std::move(rows);
  }
  return rollups_[area];
}

void Areas::mark(const std::string& area, Bucket bucket, engine::Instant now) {
  if (bucket.kind == BucketKind::month) unpublished_->upsert(month_key(bucket.number));
  if (bucket.kind != BucketKind::now || area == kTotal) return;
  const std::string key = counter_key(area, {BucketKind::day, directory_->day(now)});
  mark_day(key, counters_->upsert(key));
}

void Areas::mark_day(const std::string& key, CounterRow& row) {
  if (row.unpublished) return;
  row.unpublished = true;
  unpublished_days_->push(kDays, key);
}

void Areas::flush(engine::Instant now) {
  if (sums_.empty()) return;
  std::vector<const CounterSums::Sum*> all = sums_.ordered();
  std::erase_if(all, [](const CounterSums::Sum* sum) { return is_zero(sum->counts); });
  std::vector<std::string> keys;
  keys.reserve(all.size());
  for (const CounterSums::Sum* sum : all) keys.push_back(counter_key(sums_.area(sum->area), sum->bucket));
  for (std::size_t at = 0; at < all.size(); ++at) {
    counters_->prefetch(std::span(keys).subspan(at));
    const CounterSums::Sum& sum = *all[at];
    const std::string& area = sums_.area(sum.area);
    const std::string& key = keys[at];
    CounterRow& row = counters_->upsert(key);
    add(row.n, sum.counts);
    if (sum.bucket.kind == BucketKind::day) {
      if (area != kTotal) mark_day(key, row);
      continue;
    }
    if (sum.bucket.kind == BucketKind::month && area != kTotal &&
        in_league_.insert({sum.area, sum.bucket.number}).second) {
      leagues_->upsert(league_prefix(sum.bucket.number, level_of(area)) + area);
    }
    mark(area, sum.bucket, now);
  }
  if (sums_.clear()) rollups_.clear();
  if (rollups_.empty() || in_league_.size() > kMaxInLeague) in_league_.clear();
}

void Areas::end_step(Context& context) {
  flush(context.now());
  unpublished_days_->end_step();
  tallies_->end_step();
}

// The area's place in the tree changed: what it holds leaves the areas that are no longer above it, and joins the new
// ones; its leagues follow its level.
void Areas::moved(const std::string& area, const std::vector<std::string>& before, std::string_view level_before,
                  engine::Instant now) {
  const std::vector<std::string> after = rollup(area);
  std::vector<std::pair<Bucket, CounterRow>> rows;
  counters_->scan(area + '\0', "", [&](std::string_view key, const CounterRow& row) {
    if (key.size() != area.size() + kBucketBytes) return true;
    rows.push_back({{static_cast<BucketKind>(key[area.size() + 1]), number_at_end(key)}, row});
    return true;
  });
  const std::string level = level_of(area);
  for (const auto& [bucket, row] : rows) {
    if (bucket.kind == BucketKind::month && level != level_before) {
      // What was published of it in the league before has to be taken back first.
      const std::string left = league_prefix(bucket.number, level_before) + area;
      if (const LeagueRow* known = leagues_->find(left); known != nullptr && !known->published) leagues_->erase(left);
      leagues_->upsert(league_prefix(bucket.number, level) + area);
      mark(area, bucket, now);
    }
    for (std::size_t i = 0; i < row.n.size(); ++i) {
      if (row.n[i] == 0) continue;
      const auto counter = static_cast<Counter>(i);
      for (const std::string& above : before) {
        if (std::ranges::find(after, above) == after.end()) sums_.add(above, bucket, counter, -row.n[i]);
      }
      for (const std::string& above : after) {
        if (std::ranges::find(before, above) == before.end()) sums_.add(above, bucket, counter, row.n[i]);
      }
    }
  }
}

// While a task of the cases stage is catching up, what would be published would soon be old.
bool Areas::has_deferred() {
  return !sender_behind() && (unpublished_days_->size(kDays) > 0 || unpublished_->any());
}

std::uint64_t Areas::drain_deferred(std::uint64_t limit, Context& context) {
  if (sender_behind()) return 0;
  flush(context.now());
  std::uint64_t done = 0;
  while (done < limit && !context.full()) {
    const auto key = unpublished_days_->pop(kDays);
    if (!key) break;
    ++done;
    if (CounterRow* row = counters_->edit(*key); row != nullptr) row->unpublished = false;
    publish_workload(std::string_view(*key).substr(0, key->size() - kBucketBytes),
                     {BucketKind::day, number_at_end(*key)}, context);
  }
  if (context.full() || done == limit) return done;
  for (const std::string& key : unpublished_->keys_after("", limit - done)) {
    unpublished_->erase(key);
    publish_month(static_cast<std::int32_t>(engine::sortable_at(key)), context);
    ++done;
    if (context.full()) break;
  }
  return done;
}

void Areas::publish_workload(std::string_view area, Bucket bucket, Context& context) {
  const CounterRow* found = counters_->find(counter_key(area, bucket));
  const CounterRow row = found == nullptr ? CounterRow{} : *found;
  const CounterRow standing = now(area);
  topics::WorkloadRow out;
  out.task = fmt::format("areas-{}", context.partition().value);
  out.step = context.step().value;
  out.area = area;
  if (const Area* known = directory_->area(area); known != nullptr) out.name = known->name;
  out.day = bucket.number;
  for (const topics::CounterSpec& one : topics::counters()) {
    if (one.counts_by(BucketKind::day)) out.counters.push_back({one.counter, row[one.counter]});
  }
  out.open_now = standing[Counter::open_now];
  out.overdue_now = standing[Counter::overdue_now];
  out.time = context.now();
  context.send(kToWorkload, topics::key_of(out), topics::encode(out));
}

void Areas::publish_month(std::int32_t month, Context& context) {
  std::set<std::string> levels;
  std::string prefix;
  engine::put_sortable(prefix, month);
  leagues_->scan(prefix, "", [&](std::string_view key, const LeagueRow&) {
    levels.emplace(key.substr(prefix.size(), key.find('\0', prefix.size()) - prefix.size()));
    return true;
  });
  for (const std::string& level : levels) publish_league(month, level, context);
}

void Areas::publish_league(std::int32_t month, std::string_view level, Context& context) {
  std::vector<Place> places = ranking(month, level);
  const auto ranked = static_cast<std::int64_t>(
      std::ranges::count_if(places, [](const Place& place) { return place.rank.has_value(); }));
  const std::string league = league_prefix(month, level);
  // What was published and has no place any more is taken back.
  std::set<std::string, std::less<>> gone;
  leagues_->scan(league, "", [&](std::string_view key, const LeagueRow& row) {
    if (row.published) gone.emplace(key.substr(league.size()));
    return true;
  });
  for (const Place& place : places) gone.erase(place.area);
  for (const std::string& area : gone) {
    Place& place = places.emplace_back();
    place.area = area;
    const Area* known = directory_->area(area);
    place.name = known == nullptr ? area : known->name;
    place.unranked = "no cases";
    set_figures(place, {});
  }
  const std::string month_before = league_prefix(month - 1, level);
  const std::string month_after = league_prefix(month + 1, level);
  for (const Place& place : places) {
    LeagueRow figures{true, place.rank.value_or(0), ranked, 0, {}};
    if (const LeagueRow* before = leagues_->find(month_before + place.area); before != nullptr) {
      figures.previous_rank = before->rank;
    }
    for (std::size_t i = 0; i < place.indicators.size(); ++i) {
      figures.figures[topics::indicators()[i].number] = {place.indicators[i].num, place.indicators[i].den};
    }
    const bool is_gone = gone.contains(place.area);
    LeagueRow& known = leagues_->upsert(league + place.area);
    if (known == figures && !is_gone) continue;
    // The month after tells this rank, too.
    if (known.rank != figures.rank && leagues_->find(month_after + place.area) != nullptr) {
      unpublished_->upsert(month_key(month + 1));
    }
    topics::RankingRow out;
    out.task = fmt::format("areas-{}", context.partition().value);
    out.step = context.step().value;
    out.ruleset = kScore.code;
    out.period = topics::to_string(Bucket{BucketKind::month, month});
    out.level = level;
    out.area = place.area;
    out.name = place.name;
    out.rank = place.rank;
    out.unranked = place.unranked;
    out.of = ranked;
    if (figures.previous_rank != 0) out.previous_rank = figures.previous_rank;
    out.indicators = place.indicators;
    if (place.score_den != 0) out.score = topics::Ratio{place.score_num, place.score_den};
    out.time = context.now();
    known = is_gone ? LeagueRow{} : figures;
    if (is_gone && level_of(place.area) != level) {
      leagues_->erase(league + place.area);
      in_league_.clear();
    }
    context.send(kToRankings, topics::key_of(out), topics::encode(out));
  }
}

std::vector<Place> Areas::ranking(std::int32_t month, std::string_view level) {
  std::vector<Place> places;
  if (level.empty()) return places;
  CounterRow rest;
  if (const CounterRow* total = counters_->find(counter_key(kTotal, {BucketKind::month, month})); total != nullptr) {
    rest = *total;
  }
  std::vector<std::string> ids;
  const std::string prefix = league_prefix(month, level);
  leagues_->scan(prefix, "", [&](std::string_view key, const LeagueRow&) {
    ids.emplace_back(key.substr(prefix.size()));
    return true;
  });
  for (const std::string& id : ids) {
    if (id == kUnattributed || level_of(id) != level) continue;
    const CounterRow* row = counters_->find(counter_key(id, {BucketKind::month, month}));
    if (row == nullptr) continue;
    add(rest.n, row->n, -1);
    if (is_zero(row->n)) continue;
    Place place;
    place.area = id;
    const Area* known = directory_->area(id);
    place.name = known == nullptr ? id : known->name;
    set_figures(place, *row);
    places.push_back(std::move(place));
  }
  std::ranges::stable_sort(places, [](const Place& a, const Place& b) {
    if ((a.score_den == 0) != (b.score_den == 0)) return a.score_den != 0;
    return better(a, b);
  });
  std::int64_t rank = 0;
  const Place* before = nullptr;
  for (Place& place : places) {
    if (place.score_den == 0) {
      place.unranked = "no due cases";
      continue;
    }
    if (before == nullptr || !equal(*before, place)) ++rank;
    place.rank = rank;
    before = &place;
  }
  if (!is_zero(rest.n)) {
    Place place;
    place.area = kUnattributed;
    place.name = kUnattributed;
    place.unranked = "belongs to no area of this level";
    set_figures(place, rest);
    places.push_back(std::move(place));
  }
  return places;
}

std::vector<DayWorkload> Areas::days(std::string_view area, std::int32_t from, std::int32_t to) {
  if (area == kUnattributed) return rest_days(directory_->tops(), from, to);
  std::vector<DayWorkload> all;
  counters_->scan(bucket_prefix(area, BucketKind::day), counter_key(area, {BucketKind::day, from}),
                  [&](std::string_view key, const CounterRow& row) {
                    const std::int32_t day = number_at_end(key);
                    if (day > to) return false;
                    if (!is_zero(row.n)) all.push_back({day, row});
                    return true;
                  });
  return all;
}

std::vector<MonthWorkload> Areas::months(std::string_view area) {
  std::vector<MonthWorkload> all;
  if (area == kUnattributed) {
    for (auto& [month, row] : rest(directory_->tops(), BucketKind::month)) {
      if (!is_zero(row.n)) all.push_back({month, row});
    }
    return all;
  }
  counters_->scan(bucket_prefix(area, BucketKind::month), "", [&](std::string_view key, const CounterRow& row) {
    if (!is_zero(row.n)) all.push_back({number_at_end(key), row});
    return true;
  });
  return all;
}

CounterRow Areas::now(std::string_view area) {
  if (area == kUnattributed) return rest_now(directory_->tops());
  const CounterRow* row = counters_->find(counter_key(area, {BucketKind::now, 0}));
  return row == nullptr ? CounterRow{} : *row;
}

CounterRow Areas::total_now() {
  return now(kTotal);
}

std::vector<std::string> Areas::of_level(std::string_view level) const {
  std::vector<std::string> ids;
  for (const auto& [id, area] : directory_->areas()) {
    if (area.level == level) ids.push_back(id);
  }
  return ids;
}

std::map<std::int32_t, CounterRow> Areas::rest(const std::vector<std::string>& areas, BucketKind kind) {
  std::map<std::int32_t, CounterRow> rows;
  const std::set<std::string_view> taken(areas.begin(), areas.end());
  counters_->scan("", "", [&](std::string_view key, const CounterRow& row) {
    const std::string_view area = key.substr(0, key.size() - kBucketBytes);
    if (key[area.size() + 1] != static_cast<char>(kind)) return true;
    const std::int64_t sign = area == kTotal ? 1 : taken.contains(area) ? -1 : 0;
    if (sign == 0) return true;
    add(rows[number_at_end(key)].n, row.n, sign);
    return true;
  });
  return rows;
}

std::vector<DayWorkload> Areas::rest_days(const std::vector<std::string>& areas, std::int32_t from, std::int32_t to) {
  std::vector<DayWorkload> all;
  for (auto& [day, row] : rest(areas, BucketKind::day)) {
    if (day >= from && day <= to && !is_zero(row.n)) all.push_back({day, row});
  }
  return all;
}

CounterRow Areas::rest_now(const std::vector<std::string>& areas) {
  return rest(areas, BucketKind::now)[0];
}

std::vector<DayWorkload> Areas::unattributed_days(std::string_view level, std::int32_t from, std::int32_t to) {
  return rest_days(of_level(level), from, to);
}

CounterRow Areas::unattributed_now(std::string_view level) {
  return rest_now(of_level(level));
}

bool Areas::recalculating() {
  bool any = false;
  rules_version_->scan("", "", [&](std::string_view, const Tally& told) {
    any = told.n < directory_->refolds();
    return !any;
  });
  return any;
}

}  // namespace projections
