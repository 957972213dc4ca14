#include "topics/output_writer.h"

#include <algorithm>

namespace topics {

OutputWriter::OutputWriter(std::string& out, std::string_view stage, std::string_view id, std::string_view type,
                           std::string_view subject, engine::Instant time)
    : out_(out) {
  const std::size_t size = out.size();
  out_.resize_and_overwrite(out_.capacity(), [](char*, std::size_t bytes) { return bytes; });
  at_ = out_.data() + size;
  end_ = out_.data() + out_.size();
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

void OutputWriter::grow(std::size_t bytes) {
  const auto size = static_cast<std::size_t>(at_ - out_.data());
  const std::size_t wanted = std::max(size + bytes, 2 * out_.size());
  out_.resize_and_overwrite(wanted, [](char*, std::size_t room) { return room; });
  at_ = out_.data() + size;
  end_ = out_.data() + out_.size();
}

void OutputWriter::escape(std::string_view value) {
  out_.resize(static_cast<std::size_t>(at_ - out_.data()));
  append_json_string(out_, value);
  const std::size_t size = out_.size();
  out_.resize_and_overwrite(out_.capacity(), [](char*, std::size_t bytes) { return bytes; });
  at_ = out_.data() + size;
  end_ = out_.data() + out_.size();
}

}  // namespace topics
