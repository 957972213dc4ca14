#include "topics/output_writer.h"

#include <algorithm>

namespace topics {

OutputWriter::OutputWriter(std::string& out, std::string_view stage, std::string_view id, std::string_view type,
                           std::string_view subject, engine::Instant time)
    : out_(out) {
  open(out_.size(), out_.capacity());
  begin_object();
  string("specversion", "1.0").string("id", id);
  key("source");
  make_room(stage.size() + kRoom);
  put("\"gridloop/");
  put(stage);
  put("\"");
  string("type", type).string("subject", subject).instant("time", time);
  string("datacontenttype", "application/json");
  key("data");
  *at_++ = '{';
  comma_ = false;
}

void OutputWriter::end() {
  make_room(2);
  put("}}");
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
  append_json_string(out_, value);
  open(out_.size(), out_.capacity());
}

}  // namespace topics
