#include "topics/codec/json_layout.h"

#include "topics/codec/json_text.h"

namespace topics {

namespace {

constexpr std::size_t kLine = 120;
constexpr std::size_t kReadable = 8;  // bytes after the text, for JsonText

// Appends `json`, which has no white space between its parts, with a space after each colon and comma.
void append_spaced(std::string& out, std::string_view json) {
  for (std::size_t at = 0; at < json.size(); ++at) {
    out += json[at];
    if (json[at] == '"') {
      while (json[++at] != '"') {
        out += json[at];
        if (json[at] == '\\') out += json[++at];
      }
      out += '"';
    } else if (json[at] == ',' || json[at] == ':') {
      out += ' ';
    }
  }
}

// Appends the value that `json` stands at; `before` bytes precede it on its line.
void append_value(std::string& out, JsonText& json, std::size_t depth, std::size_t before) {
  const char first = json.peek();
  JsonText ahead = json;
  std::string line;
  append_spaced(line, ahead.value());
  if ((first != '{' && first != '[') || before + line.size() + 1 <= kLine) {
    out += line;
    json = ahead;
    return;
  }
  out += first;
  json.enter();
  for (bool more = json.next(), begin = true; more; more = json.next(), begin = false) {
    out += begin ? "\n" : ",\n";
    out.append(2 * (depth + 1), ' ');
    std::size_t used = 2 * (depth + 1);
    if (first == '{') {
      const std::string_view name = json.key().raw;
      out += '"';
      out += name;
      out += "\": ";
      used += name.size() + 4;
    }
    append_value(out, json, depth + 1, used);
  }
  out += '\n';
  out.append(2 * depth, ' ');
  out += first == '{' ? '}' : ']';
}

}  // namespace

std::string laid_out(std::string_view json) {
  std::string compact;
  append_compact(compact, json);
  compact.append(kReadable, '\0');
  std::string out;
  JsonText text(compact.data());
  append_value(out, text, 0, 0);
  out += '\n';
  return out;
}

}  // namespace topics
