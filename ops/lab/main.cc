// The program `gridloop-lab`: the simulator of counties, and the benchmarks.

#include "ops/cli/program.h"

namespace ops {

void declare_simulate(Program& program);
void declare_benchmarks(Program& program);

}  // namespace ops

int main(int argc, char** argv) {
  ops::Program program("gridloop-lab", "Test data and benchmarks for Gridloop.");
  ops::declare_simulate(program);
  ops::declare_benchmarks(program);
  return program.main(argc, argv);
}
