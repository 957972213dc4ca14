#include "ops/import/xlsx.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

#include "ops/import/byte_stream.h"
#include "ops/import/cell_value.h"
#include "ops/import/sheet_stream.h"
#include "ops/import/string_table.h"
#include "ops/import/xml_parser.h"
#include "ops/import/zip_archive.h"

namespace ops {
namespace {

using engine::Action;
using engine::Result;

constexpr std::size_t kMaxTextBytes = 1u << 20;     // of a shared text; the format allows 32,767 characters
constexpr std::size_t kMaxTexts = 1u << 25;         // shared ones; 8 bytes of memory each
constexpr std::uint64_t kMaxPartBytes = 64u << 20;  // of what is no sheet and no list of texts

int number_or(std::string_view text, int otherwise) {
  int value = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? value : otherwise;
}

// Hands the document `part` of the archive to `events`.
Result<> parse(const std::string& path, const ZipArchive& archive, const std::string& part, XmlParser& parser,
               std::uint64_t most_bytes = kMaxPartBytes) {
  const auto explained = [&](Result<> result) -> Result<> {
    if (result) return result;
    return engine::fail(Action::invalid,
                        fmt::format("{}: the spreadsheet is damaged: {}: {}", path, part, result.error().message));
  };
  const std::unique_ptr<TextStream> stream = TRY(archive.read(part));
  std::string piece;
  for (std::uint64_t bytes = 0; TRY(stream->read(piece)); piece.clear()) {
    bytes += piece.size();
    if (bytes > most_bytes) return explained(engine::fail(Action::invalid, "is too large"));
    TRY(explained(parser.feed(piece)));
  }
  return explained(parser.finish());
}

// "xl/workbook.xml" and "worksheets/sheet1.xml" give "xl/worksheets/sheet1.xml".
std::string resolve(const std::string& part, std::string_view target) {
  if (target.starts_with('/')) return std::string(target.substr(1));
  std::string directory = part.substr(0, part.rfind('/') + 1);
  while (target.starts_with("../") && !directory.empty()) {
    target.remove_prefix(3);
    directory.pop_back();
    directory.erase(directory.rfind('/') + 1);
  }
  return directory + std::string(target);
}

struct Relation {
  std::string type;    // the last part of its URI
  std::string target;  // a part of the archive
};

// The relations of a part, by id. `part` is empty for those of the archive.
Result<std::map<std::string, Relation>> read_relations(const std::string& path, const ZipArchive& archive,
                                                       const std::string& part) {
  const std::size_t name = part.rfind('/') + 1;
  std::map<std::string, Relation> result;
  XmlParser parser({.begin =
                        [&](std::string_view element, const XmlEvents::Attributes& attribute) {
                          if (element != "Relationship") return;
                          const std::string_view type = attribute("Type");
                          result[std::string(attribute("Id"))] = {std::string(type.substr(type.rfind('/') + 1)),
                                                                  resolve(part, attribute("Target"))};
                        },
                    .end = [](std::string_view) {},
                    .text = [](std::string_view) {}});
  TRY(parse(path, archive, part.substr(0, name) + "_rels/" + part.substr(name) + ".rels", parser));
  return result;
}

struct Workbook {
  std::vector<std::pair<std::string, std::string>> sheets;  // name and id of the relation
  DateSystem dates = DateSystem::from_1900;
};

Result<Workbook> read_workbook(const std::string& path, const ZipArchive& archive, const std::string& part) {
  Workbook result;
  XmlParser parser({.begin =
                        [&](std::string_view element, const XmlEvents::Attributes& attribute) {
                          if (element == "sheet") {
                            result.sheets.emplace_back(attribute("name"), attribute("id"));
                          } else if (element == "workbookPr") {
                            const std::string_view from_1904 = attribute("date1904");
                            if (from_1904 == "1" || from_1904 == "true") result.dates = DateSystem::from_1904;
                          }
                        },
                    .end = [](std::string_view) {},
                    .text = [](std::string_view) {}});
  TRY(parse(path, archive, part, parser));
  return result;
}

// For each cell style whether it shows dates.
Result<std::vector<bool>> read_styles(const std::string& path, const ZipArchive& archive, const std::string& part) {
  std::map<int, std::string> codes;
  std::vector<int> formats;
  bool in_cell_styles = false;
  XmlParser parser({.begin =
                        [&](std::string_view element, const XmlEvents::Attributes& attribute) {
                          if (element == "numFmt") {
                            codes[number_or(attribute("numFmtId"), -1)] = attribute("formatCode");
                          } else if (element == "cellXfs") {
                            in_cell_styles = true;
                          } else if (element == "xf" && in_cell_styles) {
                            formats.push_back(number_or(attribute("numFmtId"), 0));
                          }
                        },
                    .end =
                        [&](std::string_view element) {
                          if (element == "cellXfs") in_cell_styles = false;
                        },
                    .text = [](std::string_view) {}});
  TRY(parse(path, archive, part, parser));
  std::vector<bool> result;
  for (const int format : formats) result.push_back(is_date_format(format, codes[format]));
  return result;
}

Result<> read_strings(const std::string& path, const ZipArchive& archive, const std::string& part,
                      StringTable& strings) {
  std::string text;
  bool in_text = false;
  int phonetic = 0;  // how deep in a reading aid, which is no part of the text
  Result<> stored;
  XmlParser* self = nullptr;
  XmlParser parser({.begin =
                        [&](std::string_view element, const XmlEvents::Attributes&) {
                          if (element == "rPh") ++phonetic;
                          in_text = element == "t" && phonetic == 0;
                        },
                    .end =
                        [&](std::string_view element) {
                          if (element == "rPh") --phonetic;
                          in_text = false;
                          if (element != "si") return;
                          if (strings.size() == kMaxTexts) return self->stop("there are too many texts");
                          stored = strings.add(unescaped_text(text));
                          if (!stored) self->stop(stored.error().message);
                          text.clear();
                        },
                    .text =
                        [&](std::string_view piece) {
                          if (!in_text) return;
                          if (text.size() + piece.size() > kMaxTextBytes) return self->stop("a text is too long");
                          text += piece;
                        }});
  self = &parser;
  const Result<> parsed = parse(path, archive, part, parser, UINT64_MAX);
  TRY(stored);
  TRY(parsed);
  return strings.finish();
}

const std::string* target_of(const std::map<std::string, Relation>& relations, std::string_view type) {
  for (const auto& [id, relation] : relations) {
    if (relation.type == type) return &relation.target;
  }
  return nullptr;
}

Result<std::string> choose_sheet(const std::string& path, const Workbook& workbook,
                                 const std::map<std::string, Relation>& relations, const std::string& wanted) {
  std::vector<std::string> names;
  for (const auto& [name, id] : workbook.sheets) {
    const auto found = relations.find(id);
    if (found == relations.end() || found->second.type != "worksheet") continue;
    if (wanted.empty() || name == wanted) return found->second.target;
    names.push_back(name);
  }
  if (names.empty()) return engine::fail(Action::invalid, fmt::format("{}: the workbook has no sheet", path));
  return engine::fail(Action::invalid, fmt::format("{}: no sheet \"{}\"; the sheets are \"{}\"", path, wanted,
                                                   fmt::join(names, "\", \"")));
}

}  // namespace

Result<std::unique_ptr<TextStream>> read_xlsx(const std::string& path, const SourceFormat& format,
                                              const TempPlace& temp) {
  const ZipArchive archive = TRY(ZipArchive::open(path));
  const auto no_workbook = [&] {
    return engine::fail(Action::invalid, fmt::format("{}: is an archive without an XLSX workbook; unpack it, or save "
                                                     "the spreadsheet as .xlsx or as CSV",
                                                     path));
  };
  if (!archive.has("_rels/.rels")) return no_workbook();
  const std::string* workbook_part = nullptr;
  const auto roots = TRY(read_relations(path, archive, ""));
  workbook_part = target_of(roots, "officeDocument");
  if (workbook_part == nullptr || !workbook_part->ends_with(".xml")) return no_workbook();
  const Workbook workbook = TRY(read_workbook(path, archive, *workbook_part));
  const auto relations = TRY(read_relations(path, archive, *workbook_part));
  const std::string sheet = TRY(choose_sheet(path, workbook, relations, format.sheet));
  SheetContext context{
      .path = path, .format = format, .dates = workbook.dates, .date_styles = {}, .strings = StringTable(temp)};
  if (const std::string* styles = target_of(relations, "styles")) {
    context.date_styles = TRY(read_styles(path, archive, *styles));
  }
  if (const std::string* strings = target_of(relations, "sharedStrings")) {
    TRY(read_strings(path, archive, *strings, context.strings));
  }
  return read_sheet(TRY(archive.read(sheet)), std::move(context));
}

Result<std::string> describe_compound_file(const engine::File& file) {
  std::string wide;
  for (const char c : std::string_view("EncryptedPackage")) wide.append({c, '\0'});
  const std::unique_ptr<TextStream> stream = read_plain(file);
  std::string piece;
  while (TRY(stream->read(piece))) {
    if (piece.find(wide) != std::string::npos) return std::string("is encrypted; save it without a password");
    piece.erase(0, piece.size() - std::min(piece.size(), wide.size()));
  }
  return std::string("is an old spreadsheet (.xls); save it as .xlsx or as CSV");
}

}  // namespace ops
