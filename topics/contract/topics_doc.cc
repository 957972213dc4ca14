#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "topics/contract/asyncapi.h"
#include "topics/contract/reference.h"
#include "topics/contract/schema.h"
#include "topics/topology.h"

namespace {

namespace fs = std::filesystem;

// Writes `text` where the file holds anything else; false, with a message, when it cannot.
bool renew(const fs::path& path, const std::string& text) {
  std::ifstream in(path, std::ios::binary);
  if (in && std::string{std::istreambuf_iterator<char>(in), {}} == text) return true;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (out) return true;
  std::fprintf(stderr, "topics_doc: cannot write %s: %s\n", path.c_str(), std::strerror(errno));
  return false;
}

}  // namespace

// topics_doc README.md: renews the generated tables of the file, contract/asyncapi.json and contract/schemas/ beside it.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr,
                 "usage: topics_doc README.md   renews its generated tables, contract/asyncapi.json and "
                 "contract/schemas/ beside it\n");
    return 2;
  }
  const fs::path readme(argv[1]);
  std::ifstream in(readme, std::ios::binary);
  const std::string before{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    std::fprintf(stderr, "topics_doc: cannot read %s: %s\n", argv[1], std::strerror(errno));
    return 1;
  }
  const fs::path room = readme.parent_path() / "contract";
  std::error_code error;
  fs::create_directories(room / "schemas", error);
  bool done = renew(readme, topics::with_reference(before));
  done = renew(room / "asyncapi.json", topics::asyncapi(topics::kDefaultPrefix)) && done;
  for (const std::string_view type : topics::schema_types()) {
    done = renew(room / "schemas" / (std::string(type) + ".json"), *topics::json_schema(type)) && done;
  }
  return done ? 0 : 1;
}
