#include "projections/cases/links.h"

#include <algorithm>
#include <utility>

#include "engine/hash.h"

namespace projections {
namespace {

using engine::Instant;
using topics::CaseLink;

std::optional<Moment> moment(std::optional<Instant> happened, std::optional<Instant> judged) {
  if (!happened || !judged) return std::nullopt;
  return Moment{*happened, *judged};
}

std::vector<std::string> and_self(std::vector<std::string> via, std::string_view subject) {
  via.emplace_back(subject);
  return via;
}

CaseLink link_to(std::string_view to, std::string_view from, bool child) {
  CaseLink link;
  link.to = to;
  link.from = from;
  link.child = child;
  return link;
}

std::uint64_t content_of(const CaseLink& link) {
  engine::Hasher hasher;
  hasher.add(static_cast<std::uint64_t>(link.holds));
  for (const std::string& one : link.via) hasher.add(one);
  for (const auto& at : {link.start, link.start_judged, link.since, link.closed, link.closed_judged}) {
    hasher.add(at ? static_cast<std::uint64_t>(engine::to_ms(*at)) : std::uint64_t{0});
    hasher.add(static_cast<std::uint64_t>(at.has_value()));
  }
  return hasher.value().high;
}

void collect_for_parent(std::string_view subject, const Case& folded, std::vector<CaseLink>& all) {
  if (folded.parent.empty() || folded.parent == subject || !folded.opened) return;
  CaseLink link = link_to(folded.parent, subject, true);
  const bool own = folded.inherited.empty();
  const Moment& start = own ? *folded.accepted() : folded.inherited.front().start;
  link.start = start.happened;
  link.start_judged = start.judged;
  link.since = own ? folded.ended_early->judged : std::max(folded.ended_early->judged, folded.inherited.front().since);
  link.via = and_self(own ? std::vector<std::string>() : folded.inherited.front().via, subject);
  all.push_back(std::move(link));
}

void collect_for_children(const CaseRow& row, std::string_view subject, const Case& folded,
                          std::vector<CaseLink>& all) {
  const bool own = folded.closed().has_value() || !folded.parent_closed;
  const std::optional<Moment>& closed = own ? folded.closed() : folded.parent_closed;
  // Nothing has to be said of a parent that is open, and never was anything else.
  if (!closed && std::ranges::all_of(row.told, &ToldLink::child)) return;
  for (const Link& child : row.links) {
    if (!child.child || !child.holds) continue;
    CaseLink link = link_to(child.from, subject, false);
    if (closed) {
      link.closed = closed->happened;
      link.closed_judged = closed->judged;
    }
    link.via = and_self(own ? std::vector<std::string>() : folded.close_via, subject);
    all.push_back(std::move(link));
  }
}

}  // namespace

bool make_room(CaseRow& row, const CaseLink& told) {
  const auto is_it = [&](const Link& link) { return link.child == told.child && link.from == told.from; };
  if (!told.child || row.links.size() < kMaxLinks || std::ranges::any_of(row.links, is_it)) return true;
  const auto undone = std::ranges::find_if(row.links, [](const Link& link) { return link.child && !link.holds; });
  if (undone == row.links.end()) return false;
  row.links.erase(undone);
  return true;
}

bool hear(CaseRow& row, const CaseLink& told) {
  const auto key = [](const Link& link) { return std::pair(std::string_view(link.from), link.child); };
  const auto at = std::ranges::lower_bound(row.links, std::pair(std::string_view(told.from), told.child), {}, key);
  const bool known = at != row.links.end() && at->from == told.from && at->child == told.child;
  if (known && at->version >= told.version) return false;
  Link link{.from = told.from,
            .child = told.child,
            .version = told.version,
            .holds = told.holds,
            .via = told.via,
            .start = moment(told.start, told.start_judged),
            .since = told.since.value_or(Instant()),
            .closed = moment(told.closed, told.closed_judged)};
  if (known) {
    *at = std::move(link);
  } else {
    row.links.insert(at, std::move(link));
  }
  return true;
}

void inherit(const CaseRow& row, std::string_view subject, Case& folded) {
  for (const Link& link : row.links) {
    if (!link.holds || std::ranges::find(link.via, subject) != link.via.end()) continue;
    if (link.child) {
      if (!link.start || !folded.opened || link.start->judged >= folded.accepted()->judged) continue;
      folded.inherited.push_back({*link.start, link.since, link.via});
    } else if (link.from == folded.parent) {
      folded.parent_closed = link.closed;
      folded.close_via = link.via;
    }
  }
  std::ranges::stable_sort(folded.inherited, {},
                           [](const Inherited& one) { return std::pair(one.start.judged, one.since); });
}

std::vector<CaseLink> to_tell(CaseRow& row, std::string_view subject, const Case& folded) {
  std::vector<CaseLink> all;
  if (row.told.empty() && row.links.empty() && folded.parent.empty()) return all;
  collect_for_parent(subject, folded, all);
  collect_for_children(row, subject, folded, all);
  // What was told to a parent that is one no more.
  for (const ToldLink& told : row.told) {
    if (!told.child || told.to == folded.parent) continue;
    CaseLink link = link_to(told.to, subject, true);
    link.holds = false;
    link.via = {std::string(subject)};
    all.push_back(std::move(link));
  }
  std::vector<CaseLink> news;
  const auto key = [](const ToldLink& told) { return std::pair(std::string_view(told.to), told.child); };
  for (CaseLink& link : all) {
    const std::uint64_t content = content_of(link);
    auto at = std::ranges::lower_bound(row.told, std::pair(std::string_view(link.to), link.child), {}, key);
    if (at == row.told.end() || at->to != link.to || at->child != link.child) {
      // Nothing has to be said of a parent that is open.
      if (!link.child && !link.closed) continue;
      at = row.told.insert(at, ToldLink{link.to, link.child, 0, 0});
    } else if (at->content == content) {
      continue;
    }
    ++at->version;
    at->content = content;
    link.version = at->version;
    news.push_back(std::move(link));
  }
  return news;
}

}  // namespace projections
