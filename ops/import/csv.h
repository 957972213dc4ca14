#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ops {

// One record of a CSV text. The fields are valid while the text lives, until the next read into the record.
struct CsvRecord {
  std::uint64_t position = 0;  // of its first byte in the text
  std::size_t line = 0;        // of its first byte; the first line is 1
  std::vector<std::string_view> fields;
  std::string problem;                // why it is unusable; empty if it is usable
  std::deque<std::string> unescaped;  // fields that held doubled quotes
};

// Reads the records of a text in sequence, by RFC 4180: quoted fields may hold delimiters, line ends and doubled
// quotes. Beyond the RFC: a single LF ends a line, a byte order mark and empty lines are skipped, and a quote inside an
// unquoted field is an ordinary character.
//
// A record has a `problem` if it is ragged (its number of fields differs from the first record), if its text is not
// UTF-8, if something follows a closing quote, or if a quote is never closed. Reading continues after it.
//
// A text may arrive in pieces: the last record of a piece counts only if it ends within the piece.
// Threads: confined to one thread.
class CsvReader {
 public:
  // `is_whole`: nothing follows `text`.
  CsvReader(std::string_view text, char delimiter, bool is_whole = true);

  // Reads the next record; false if there is none, or if none ends within this piece.
  bool next(CsvRecord& record);

  // After next() returned false: continues with `text`, which begins at consumed() of the piece before.
  void go_on(std::string_view text, bool is_whole);
  std::size_t consumed() const { return position_; }             // bytes of the piece
  std::uint64_t position() const { return begin_ + position_; }  // bytes of the text

  // Reads the record at `position`, which an earlier next() reported; next() continues from there.
  // REQUIRES: the text is not in pieces.
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
