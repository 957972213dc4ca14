#include "projections/cases/links.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace projections {
namespace {

using engine::Instant;

std::optional<Moment> moment(std::optional<Instant> happened, std::optional<Instant> judged) {
  if (!happened || !judged) return std::nullopt;
  return Moment{*happened, *judged};
}

std::vector<std::string> and_self(std::vector<std::string> via, std::string_view subject) {
  via.emplace_back(subject);
  return via;
}

RowMessage message_to(std::string_view to, std::string_view from, MessageKind kind) {
  RowMessage message;
  message.to = to;
  message.from = from;
  message.kind = kind;
  return message;
}

void set_moment(RowMessage& message, std::string_view happened, std::string_view judged, const Moment& moment) {
  message.set(happened, moment.happened);
  message.set(judged, moment.judged);
}

bool is_child(const Link& link) {
  return link.kind == MessageKind::merge_child;
}

void collect_for_parent(std::string_view subject, const Case& folded, std::vector<RowMessage>& all) {
  if (folded.parent.empty() || folded.parent == subject || !folded.opened) return;
  RowMessage message = message_to(folded.parent, subject, MessageKind::merge_child);
  const bool own = folded.inherited.empty();
  set_moment(message, "start", "start_judged", own ? *folded.accepted() : folded.inherited.front().start);
  message.set("since",
              own ? folded.ended_early->judged : std::max(folded.ended_early->judged, folded.inherited.front().since));
  message.via = and_self(own ? std::vector<std::string>() : folded.inherited.front().via, subject);
  all.push_back(std::move(message));
}

void collect_for_children(const CaseRow& row, std::string_view subject, const Case& folded,
                          std::vector<RowMessage>& all) {
  const bool own = folded.closed().has_value() || !folded.parent_closed;
  const std::optional<Moment>& closed = own ? folded.closed() : folded.parent_closed;
  const auto to_parent = [](const SentMessage& sent) { return sent.kind == MessageKind::merge_child; };
  // A parent that is open, and never was anything else, has nothing to say.
  if (!closed && std::ranges::all_of(row.told, to_parent)) return;
  for (const Link& child : row.links) {
    if (!is_child(child) || !child.holds) continue;
    RowMessage message = message_to(child.from, subject, MessageKind::merge_parent);
    if (closed) set_moment(message, "closed", "closed_judged", *closed);
    message.via = and_self(own ? std::vector<std::string>() : folded.close_via, subject);
    all.push_back(std::move(message));
  }
}

// Whether the row can take the message: kMaxLinks cases at most are merged into one.
bool make_room(CaseRow& row, const RowMessage& message) {
  const auto is_it = [&](const Link& link) { return link.kind == message.kind && link.from == message.from; };
  if (message.kind != MessageKind::merge_child || row.links.size() < kMaxLinks || std::ranges::any_of(row.links, is_it))
    return true;
  const auto undone = std::ranges::find_if(row.links, [](const Link& link) { return is_child(link) && !link.holds; });
  if (undone == row.links.end()) return false;
  row.links.erase(undone);
  return true;
}

}  // namespace

std::expected<bool, topics::Rejection> receive_link(CaseRow& row, const RowMessage& message) {
  if (!make_room(row, message)) {
    return std::unexpected(
        topics::Rejection{topics::Reason::too_many_facts,
                          fmt::format("{} cases are merged into case {} already", kMaxLinks, message.to)});
  }
  Link* link = receive(row.links, message);
  if (link == nullptr) return false;
  link->start = moment(message.instant("start"), message.instant("start_judged"));
  link->since = message.instant("since").value_or(Instant());
  link->closed = moment(message.instant("closed"), message.instant("closed_judged"));
  return true;
}

void apply_links(const CaseRow& row, std::string_view subject, Case& folded) {
  for (const Link& link : row.links) {
    if (!link.holds || std::ranges::find(link.via, subject) != link.via.end()) continue;
    if (is_child(link)) {
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

std::vector<RowMessage> links_to_send(CaseRow& row, std::string_view subject, const Case& folded) {
  std::vector<RowMessage> all;
  if (row.told.empty() && row.links.empty() && folded.parent.empty()) return all;
  collect_for_parent(subject, folded, all);
  collect_for_children(row, subject, folded, all);
  // A parent that is no longer one learns that the merge no longer holds.
  for (const SentMessage& sent : row.told) {
    if (sent.kind != MessageKind::merge_child || sent.to == folded.parent) continue;
    RowMessage message = message_to(sent.to, subject, MessageKind::merge_child);
    message.holds = false;
    message.via = {std::string(subject)};
    all.push_back(std::move(message));
  }
  std::vector<RowMessage> news;
  for (RowMessage& message : all) {
    // A child that was never sent anything knows that its parent is open.
    const bool worth_a_first = message.kind == MessageKind::merge_child || !message.members.empty();
    if (is_news(row.told, message, worth_a_first)) news.push_back(std::move(message));
  }
  return news;
}

}  // namespace projections
