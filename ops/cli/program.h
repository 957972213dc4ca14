#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ops/cli/command.h"

namespace ops {

// A program of commands: `NAME COMMAND OPTIONS...`, or `NAME GROUP COMMAND OPTIONS...`.
class Program {
 public:
  Program(const std::string& name, const std::string& about);
  ~Program();

  // Declares a group of commands.
  void group(const std::string& name, const std::string& about, const std::string& examples);
  // Declares a command, or with "GROUP NAME" one of a group that was declared. `examples` are whole lines; help shows
  // them below the options.
  Command command(const std::string& path, const std::string& about, const std::string& examples);

  // Parses the command line, runs the chosen command, and turns errors into messages and exit codes (exit_code.h).
  // Returns the exit code of the process.
  int main(int argc, char** argv);

 private:
  CLI::App& add(const std::string& path, const std::string& about, const std::string& examples);
  int parse_and_run(int argc, char** argv);
  int cannot_write(int reason) const;

  std::unique_ptr<CLI::App> app_;
  std::vector<std::shared_ptr<void>> settings_;
  Command::Run chosen_;
};

// Declares one command.
using Declare = void (*)(Program&);

}  // namespace ops
