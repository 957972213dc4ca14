#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/log.h"
#include "topics/codec/encode.h"

namespace ops::bench {

enum class Policies : std::uint8_t {
  plain,       // sign and handle in seconds for each priority: events.h says what comes of them
  full,        // in working time, as a municipality has them, see City
  unanswered,  // the same, and clocks run that no event of the benchmarks stops
};

// The rules of the benchmarks' city: which source to trust, the zone, policies, and the tree of areas, which follows
// from the codes of the grids: 3708 dd ss gggg = city, district, street, grid.
//
// Full policies: the working calendar with the holidays that ship; sign, handle, callback, contact, check and close for
// each priority, in working time, warned at half of it and at four fifths, and told to the street and then to the
// district; bounds on extensions and suspensions; and handle for each condition of catalogue.h. No event of the
// benchmarks tells of a contact, a check or a closing: those three are for cases of another channel, so they are looked
// for at each event, and no clock runs. With `unanswered` they are for all cases, and each breaches in each case.
//
// Threads: confined to one.
class City {
 public:
  // `topic` is that of the rules; they hold from `begin` on.
  City(std::string topic, engine::Instant begin, Policies policies = Policies::plain)
      : topic_(std::move(topic)), begin_(begin), policies_(policies) {}

  // Appends all rules but the areas; with full policies also those of one grid, as levels are needed to tell them.
  void publish(std::vector<engine::Outgoing>& out);
  // Appends the registrations of the grid and of the areas above it, those that were not registered before.
  // Returns false when `grid` is no code of a grid, and appends nothing.
  bool add_grid(std::string_view grid, std::vector<engine::Outgoing>& out);

  static std::string_view city_of(std::string_view grid) { return grid.substr(0, 4); }

 private:
  using Fill = std::function<void(topics::FieldWriter&)>;
  void add(topics::Type type, std::string_view subject, const Fill& fill, std::vector<engine::Outgoing>& out) const;
  void publish_plain(std::vector<engine::Outgoing>& out) const;
  void publish_full(std::vector<engine::Outgoing>& out);
  void publish_catalogue(std::vector<engine::Outgoing>& out) const;

  std::string topic_;
  engine::Instant begin_;
  Policies policies_;
  std::set<std::string, std::less<>> areas_;
};

}  // namespace ops::bench
