#include "topics/codec/output_writer.h"

#include <algorithm>

namespace topics {

OutputWriter::OutputWriter(std::string& out, std::string_view stage, std::string_view id, std::string_view type,
                           std::string_view subject, engine::Instant time)
    : out_(out) {
  open(out_.size(), out_.capacity());
  // What is between the id, the subject and the data needs no escape.
  constexpr std::string_view kBegin = R"({"specversion":"1.0","id":)";
  constexpr std::string_view kSource = R"(,"source":"gridloop/)";
  constexpr std::string_view kType = R"(","type":")";
  constexpr std::string_view kSubject = R"(","subject":)";
  constexpr std::string_view kTime = R"(,"time":")";
  constexpr std::string_view kData = R"(","datacontenttype":"application/json","data":{)";
  make_room(kBegin.size());
  put(kBegin);
  value_of(id);
  make_room(kSource.size() + stage.size() + kType.size() + type.size() + kSubject.size());
  put(kSource);
  put(stage);
  put(kType);
  put(type);
  put(kSubject);
  value_of(subject);
  make_room(kTime.size() + kMaxRfc3339 + kData.size());
  put(kTime);
  at_ = put_rfc3339(at_, time);
  put(kData);
}

OutputWriter::OutputWriter(std::string& out) : out_(out) {
  open(out_.size(), out_.capacity());
}

void OutputWriter::end() {
  make_room(2);
  put("}}");
  end_members();
}

void OutputWriter::end_members() {
  out_.resize(static_cast<std::size_t>(at_ - out_.data()));
}

void OutputWriter::open(std::size_t written, std::size_t room) {
  out_.resize_and_overwrite(room, [](char*, std::size_t bytes) { return bytes; });
  at_ = out_.data() + written;
  end_ = out_.data() + out_.size();
}

void OutputWriter::grow(std::size_t bytes) {
  const auto written = static_cast<std::size_t>(at_ - out_.data());
  open(written, std::max(written + bytes, 2 * out_.size()));
}

void OutputWriter::escape(std::string_view value) {
  out_.resize(static_cast<std::size_t>(at_ - out_.data()));
  engine::append_json_string(out_, value);
  open(out_.size(), out_.capacity());
}

}  // namespace topics
