// `gridloop topics list`: the topics, their contents and how many records they hold.

#include <memory>

#include <fmt/format.h>

#include "engine/json.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/commands/common_options.h"
#include "ops/deployment/deployment.h"
#include "topics/topology.h"

namespace ops {
namespace {

using engine::JsonWriter;
using engine::Partition;
using engine::Result;

Result<int> list_topics(const CommonOptions& common) {
  std::unique_ptr<Deployment> deployment;
  if (!common.data.empty() || !common.kafka.brokers.empty()) {
    deployment =
        TRY(Deployment::open_for_reading({.directory = common.data, .kafka = common.kafka, .prefix = common.prefix}));
  }
  TextTable table({{"Topic"},
                   {"Partitions", TextTable::Align::right},
                   {"Records", TextTable::Align::right},
                   {"Key"},
                   {"Kind"},
                   {"Holds"}});
  for (const topics::TopicDoc& doc : topics::topology()) {
    const std::string name = topics::topic_name(common.prefix, doc.suffix);
    std::int64_t records = 0;
    std::uint32_t partitions = doc.partitioned ? 0 : 1;
    if (deployment != nullptr) {
      const auto spec = deployment->log().topic(name);
      partitions = spec ? spec->partitions : 0;
      for (std::uint32_t p = 0; p < partitions; ++p) {
        const engine::Bounds bounds = TRY(deployment->log().bounds({name, Partition{p}}));
        records += bounds.end - bounds.begin;
      }
    }
    if (common.json) {
      std::string out;
      JsonWriter json(out);
      json.begin_object().key("topic").string(name).key("kind").string(topics::name(doc.kind));
      json.key("key").string(doc.key).key("written_by").string(doc.written_by).key("holds").string(doc.holds);
      json.key("partitioned").boolean(doc.partitioned).key("compacted").boolean(doc.compacted);
      if (deployment != nullptr) json.key("partitions").integer(partitions).key("records").integer(records);
      json.end_object();
      fmt::print("{}\n", out);
    } else {
      table.add({name, partitions == 0 ? "n" : std::to_string(partitions),
                 deployment == nullptr ? "" : with_commas(records), std::string(doc.key),
                 std::string(topics::name(doc.kind)), std::string(doc.holds)});
    }
  }
  if (!common.json) fmt::print("{}", table.text());
  return kOk;
}

}  // namespace

void declare_topics(Program& program) {
  program.group("topics", "List and check the topics, and print the schemas of their events",
                "  gridloop topics list --data data/town\n"
                "  gridloop topics schema request.reported\n");
}

void declare_topics_list(Program& program) {
  Command command = program.command("topics list", "List all topics with their contents, writers and record counts",
                                    "  gridloop topics list\n  gridloop topics list --data data/town --json\n");
  auto& options = command.settings<CommonOptions>();
  add_data(command, options, "Data directory; adds the numbers of partitions and records");
  add_kafka(command, options.kafka, "Kafka cluster that holds the log, instead of the embedded log");
  add_prefix(command, options.prefix);
  add_json(command, options.json);
  command.runs([&options] { return list_topics(options); });
}

}  // namespace ops
