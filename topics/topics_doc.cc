#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "topics/reference.h"

// topics_doc README.md: renews the generated tables of the file.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: topics_doc README.md   renews the generated tables of the file\n");
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  const std::string before{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    std::fprintf(stderr, "topics_doc: cannot read %s: %s\n", argv[1], std::strerror(errno));
    return 1;
  }
  const std::string after = topics::with_reference(before);
  if (after == before) return 0;
  std::ofstream out(argv[1], std::ios::binary | std::ios::trunc);
  out << after << std::flush;
  if (!out) {
    std::fprintf(stderr, "topics_doc: cannot write %s: %s\n", argv[1], std::strerror(errno));
    return 1;
  }
  return 0;
}
