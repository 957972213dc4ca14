#include "ops/import/sheet_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "ops/import/record_stream.h"
#include "ops/import/text_template.h"
#include "ops/import/xml_parser.h"

namespace ops {
namespace {

constexpr std::size_t kMaxRows = 1'048'576;
constexpr std::size_t kMaxColumns = 16'384;

// The column of a cell's reference, "C" of "C7" being 2; kMaxColumns when it is none.
std::size_t column_of(std::string_view reference) {
  std::size_t column = 0;
  std::size_t letters = 0;
  for (; letters < reference.size() && reference[letters] >= 'A' && reference[letters] <= 'Z'; ++letters) {
    column = column * 26 + static_cast<std::size_t>(reference[letters] - 'A') + 1;
    if (column > kMaxColumns) return kMaxColumns;
  }
  return column == 0 ? kMaxColumns : column - 1;
}

class SheetStream final : public TextStream {
 public:
  SheetStream(std::unique_ptr<TextStream> part, SheetContext context)
      : part_(std::move(part)),
        context_(std::move(context)),
        parser_(
            {.begin = [this](std::string_view name, const XmlEvents::Attributes& attribute) { begin(name, attribute); },
             .end = [this](std::string_view name) { end(name); },
             .text = [this](std::string_view text) { take(text); }}) {}

  engine::Result<bool> read(std::string& out) override {
    piece_.clear();
    const bool more = TRY(part_->read(piece_));
    const engine::Result<> parsed = more ? parser_.feed(piece_) : parser_.finish();
    TRY(failed_);
    if (!parsed) {
      return engine::fail(engine::Action::invalid, fmt::format("{}: the spreadsheet is damaged near row {}: {}",
                                                               context_.path, row_, parsed.error().message));
    }
    if (!more) finish_header();
    out += text_;
    text_.clear();
    return more;
  }

 private:
  void begin(std::string_view name, const XmlEvents::Attributes& attribute) {
    if (name == "sheetData") in_data_ = true;
    if (!in_data_) return;
    if (name == "row") {
      begin_row(attribute("r"));
    } else if (name == "c") {
      begin_cell(attribute);
    } else if (name == "rPh") {
      ++phonetic_;
    } else if (name == "v" || (name == "t" && phonetic_ == 0)) {
      in_value_ = true;
    }
  }

  void end(std::string_view name) {
    if (!in_data_) return;
    if (name == "v" || name == "t") {
      in_value_ = false;
    } else if (name == "c") {
      end_cell();
    } else if (name == "row") {
      end_row();
    } else if (name == "rPh") {
      --phonetic_;
    } else if (name == "sheetData") {
      in_data_ = false;
    }
  }

  void take(std::string_view text) {
    if (!in_value_) return;
    row_bytes_ += text.size();
    if (row_bytes_ > RecordStream::kMaxBytes) return parser_.stop("the row is too long");
    value_ += text;
  }

  void begin_row(std::string_view reference) {
    std::size_t row = row_ + 1;
    if (!reference.empty()) {
      const auto [last, error] = std::from_chars(reference.data(), reference.data() + reference.size(), row);
      if (error != std::errc() || row <= row_) return parser_.stop("rows are out of order");
    }
    if (row > kMaxRows) return parser_.stop("there are more rows than a sheet can have");
    row_ = row;
    row_bytes_ = 0;
    width_ = 0;
    next_column_ = 0;
  }

  void begin_cell(const XmlEvents::Attributes& attribute) {
    const std::string_view reference = attribute("r");
    const std::size_t column = reference.empty() ? next_column_ : column_of(reference);
    if (column >= kMaxColumns || column < next_column_) return parser_.stop("cells are out of order");
    next_column_ = column + 1;
    type_ = attribute("t");
    const std::string_view style = attribute("s");
    std::size_t number = 0;
    std::from_chars(style.data(), style.data() + style.size(), number);
    is_date_ = number < context_.date_styles.size() && context_.date_styles[number];
    value_.clear();
  }

  void end_cell() {
    if (next_column_ == 0) return;
    if (cells_.size() < next_column_) cells_.resize(next_column_);
    for (; width_ < next_column_; ++width_) cells_[width_].clear();
    std::string& cell = cells_[next_column_ - 1];
    if (type_ == "s") {
      std::size_t number = context_.strings.size();
      std::from_chars(value_.data(), value_.data() + value_.size(), number);
      if (number >= context_.strings.size()) return parser_.stop("a cell refers to a missing text");
      if (auto appended = context_.strings.append(number, cell); !appended) {
        failed_ = appended;
        return parser_.stop("");
      }
      row_bytes_ += cell.size();
      if (row_bytes_ > RecordStream::kMaxBytes) return parser_.stop("the row is too long");
    } else if (type_ == "inlineStr" || type_ == "str") {
      cell = unescaped_text(value_);
    } else if (type_ == "d") {
      cell = iso_date_text(value_);
    } else if (type_ == "b") {
      cell = value_ == "1" ? "TRUE" : "FALSE";
    } else if (type_.empty() || type_ == "n") {
      cell = is_date_ ? date_text(value_, context_.dates) : number_text(value_);
    } else {
      cell = value_;  // "e": the name of an error
    }
    std::ranges::replace_if(cell, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  }

  void end_row() {
    while (width_ > 0 && is_blank(cells_[width_ - 1])) --width_;
    if (!header_done_ && header_begin_ != 0 && row_ >= header_begin_ + context_.format.header_rows) finish_header();
    if (header_done_) {
      if (width_ == 0) return;
      begin_line(row_);
      append_line(std::span(cells_).first(width_), header_.size());
      return;
    }
    const auto filled =
        std::ranges::count_if(std::span(cells_).first(width_), [](const auto& c) { return !is_blank(c); });
    if (header_begin_ == 0 && filled < 2) return;  // a title
    if (header_begin_ == 0) header_begin_ = row_;
    if (header_.size() < width_) header_.resize(width_);
    for (std::size_t i = 0; i < width_; ++i) {
      if (!is_blank(cells_[i])) header_[i] = cells_[i];
    }
  }

  // Writes the header, when one was found, as the line of its last row.
  void finish_header() {
    if (header_done_ || header_begin_ == 0) return;
    header_done_ = true;
    begin_line(header_begin_ + context_.format.header_rows - 1);
    append_line(header_, header_.size());
  }

  void begin_line(std::size_t number) {
    text_.append(number - line_, '\n');
    line_ = number;
  }

  void append_line(std::span<const std::string> cells, std::size_t width) {
    for (std::size_t i = 0; i < std::max(cells.size(), width); ++i) {
      if (i > 0) text_.push_back(context_.format.delimiter);
      if (i >= cells.size()) continue;
      if (cells[i].find_first_of(std::string{'"', context_.format.delimiter}) == std::string::npos) {
        text_ += cells[i];
        continue;
      }
      text_.push_back('"');
      for (const char c : cells[i]) text_.append(c == '"' ? 2 : 1, c);
      text_.push_back('"');
    }
  }

  std::unique_ptr<TextStream> part_;
  SheetContext context_;
  XmlParser parser_;
  engine::Result<> failed_;
  std::string piece_;
  std::string text_;  // lines that were not handed out yet

  bool in_data_ = false;
  bool in_value_ = false;
  int phonetic_ = 0;
  std::size_t row_ = 0;  // number of the row at hand
  std::size_t row_bytes_ = 0;
  std::vector<std::string> cells_;  // of the row, up to width_
  std::size_t width_ = 0;
  std::size_t next_column_ = 0;
  std::string type_;  // of the cell at hand
  bool is_date_ = false;
  std::string value_;

  std::vector<std::string> header_;
  std::size_t header_begin_ = 0;  // its first row; 0 before it is found
  bool header_done_ = false;
  std::size_t line_ = 1;  // of the text, which is being written
};

}  // namespace

std::unique_ptr<TextStream> read_sheet(std::unique_ptr<TextStream> part, SheetContext context) {
  return std::make_unique<SheetStream>(std::move(part), std::move(context));
}

}  // namespace ops
