// The program `gridloop`: the commands of a city.

#include "ops/commands/list.h"

int main(int argc, char** argv) {
  ops::Program program("gridloop",
                       "Gridloop turns the events of grid-based governance into deadlines, workloads and rankings.");
  for (const ops::Declare declare : ops::command_list()) declare(program);
  return program.main(argc, argv);
}
