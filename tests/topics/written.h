#pragma once

#include <gtest/gtest.h>

#include <expected>
#include <string>
#include <string_view>

#include "engine/types.h"
#include "topics/codec/event.h"
#include "topics/codec/rfc3339.h"

namespace topics {

// When the records of these tests are logged.
inline engine::Instant logged() {
  return *parse_rfc3339("2026-03-02T12:00:00+08:00");
}

// An event with attributes that can be replaced, by their JSON text; an empty one is left out.
struct Written {
  std::string specversion = R"("1.0")";
  std::string id = R"("e-1")";
  std::string source = R"("hotline/12345")";
  std::string type = R"("dispatch.sent")";
  std::string subject = R"("C-1")";
  std::string time = R"("2026-03-02T09:00:00+08:00")";
  std::string data = R"({"unit":"street-office"})";
  std::string more = {};  // further members, as in `"a":1`

  std::string text() const {
    std::string out = "{";
    const auto member = [&](std::string_view name, std::string_view value) {
      if (value.empty()) return;
      if (out.size() > 1) out += ',';
      out.append("\"").append(name).append("\":").append(value);
    };
    member("specversion", specversion);
    member("id", id);
    member("source", source);
    member("type", type);
    member("subject", subject);
    member("time", time);
    member("data", data);
    if (!more.empty()) out.append(",").append(more);
    return out + "}";
  }
};

inline std::expected<Event, Rejection> decode(std::string_view text, Limits limits = {}) {
  Decoder decoder(limits);
  Event event;
  if (auto done = decoder.decode(text, logged(), event); !done) return std::unexpected(done.error());
  return event;
}

// The event that `written` decodes to; fails the test when it is refused.
inline Event accepted(const Written& written) {
  auto event = decode(written.text());
  if (!event) {
    ADD_FAILURE() << code(event.error().reason) << ": " << event.error().detail << "\n" << written.text();
    return {};
  }
  return std::move(*event);
}

// "code: detail" of the refusal, or "accepted".
inline std::string refusal(std::string_view text, Limits limits = {}) {
  const auto event = decode(text, limits);
  if (event) return "accepted";
  return std::string(code(event.error().reason)) + ": " + event.error().detail;
}

inline std::string refusal(const Written& written) {
  return refusal(written.text());
}

// Only the code of the refusal.
inline std::string refusal_code(std::string_view text, Limits limits = {}) {
  const std::string full = refusal(text, limits);
  return full.substr(0, full.find(':'));
}

}  // namespace topics
