#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ops {

// One record of a CSV text. The fields stay valid until the record is read into again, and while the text lives.
struct CsvRecord {
  std::uint64_t position = 0;  // of its first byte in the text
  std::size_t line = 0;        // of its first byte; the first line is 1
  std::vector<std::string_view> fields;
  std::string problem;                // why it cannot be used; empty when it can
  std::deque<std::string> unescaped;  // fields that held doubled quotes
};

// Reads the records of a text one after the other, as RFC 4180 has them: fields in quotes may hold delimiters, line
// ends and doubled quotes. Beyond the RFC: LF alone ends a line, a byte order mark is passed over, empty lines are
// skipped, and a quote inside an unquoted field is an ordinary character.
//
// A record has a `problem` when it is ragged (another number of fields than the first record), when its text is not
// UTF-8, when something follows a closing quote, or when a quote is never closed. Reading goes on after it.
//
// A text may come in pieces: what is read last of a piece is only taken for a record when it ends within it.
// Threads: confined to one thread.
class CsvReader {
 public:
  // `is_whole`: nothing comes after `text`.
  CsvReader(std::string_view text, char delimiter, bool is_whole = true);

  // Reads the next record; false when there is none, or, of a text in pieces, none that ends within this piece.
  bool next(CsvRecord& record);

  // After next() was false: goes on with `text`, which begins at consumed() of the piece before.
  void go_on(std::string_view text, bool is_whole);
  std::size_t consumed() const { return position_; }             // bytes of the piece
  std::uint64_t position() const { return begin_ + position_; }  // bytes of the text

  // Reads the record that begins at `position`, as an earlier next() reported it; next() goes on from there.
  // REQUIRES: the text came whole.
  void read_at(std::size_t position, CsvRecord& record);

 private:
  bool read(CsvRecord& record);
  void read_quoted(CsvRecord& record);
  void read_plain(CsvRecord& record);

  std::string_view text_;  // the piece
  char delimiter_;
  bool is_whole_;
  std::uint64_t begin_ = 0;   // of the piece, in the text
  std::size_t position_ = 0;  // in the piece
  std::size_t line_ = 1;
  std::size_t width_ = 0;  // fields of the first record; 0 before it is read
};

// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7).
bool is_utf8(std::string_view text);

}  // namespace ops
