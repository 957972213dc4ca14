#include "topics/topology.h"

#include <gtest/gtest.h>

#include <set>

namespace topics {

namespace {

TEST(Topology, EveryFamilyHasAnInputTopic) {
  for (const TypeSpec& type : catalogue()) {
    const TopicDoc* const topic = find_topic(topic_of(type.family));
    ASSERT_NE(topic, nullptr);
    EXPECT_EQ(topic->kind, TopicKind::input);
    EXPECT_FALSE(topic->compacted);
  }
}

TEST(Topology, TopicsThatNeedOneOrderHaveOnePartition) {
  for (const char* suffix : {"directory", "area-deltas", "grid-workload", "district-rankings", "schedule-areas"}) {
    EXPECT_FALSE(find_topic(suffix)->partitioned) << suffix;
  }
  for (const char* suffix : {"requests", "dispatches", "visits", "judgements", "cases-inbox", "schedule-cases"}) {
    EXPECT_TRUE(find_topic(suffix)->partitioned) << suffix;
  }
}

TEST(Topology, WhatStateIsComputedFromIsKeptForEver) {
  for (const TopicDoc& topic : topology()) {
    EXPECT_FALSE(topic.kept_because.empty()) << topic.suffix;
    EXPECT_FALSE(topic.compacted && topic.retention) << topic.suffix;
    if (topic.kind == TopicKind::output && topic.suffix != "area-deltas") continue;
    if (topic.kind == TopicKind::control) continue;
    EXPECT_FALSE(topic.compacted) << topic.suffix;
    EXPECT_EQ(retention_ms(topic), -1) << topic.suffix;
  }
  EXPECT_EQ(retention_ms(*find_topic("dead-letters")), 31'536'000'000);
  EXPECT_EQ(kept(*find_topic("dead-letters")), "365 days");
  EXPECT_EQ(kept(*find_topic("cases")), "the newest of each key");
}

TEST(Topology, NamesAreUniqueAndPrefixed) {
  std::set<std::string_view> suffixes;
  for (const TopicDoc& topic : topology()) {
    EXPECT_TRUE(suffixes.insert(topic.suffix).second) << topic.suffix;
    EXPECT_EQ(find_topic(topic.suffix), &topic);
  }
  EXPECT_EQ(suffixes.size(), 17u);
  EXPECT_EQ(find_topic("rumours"), nullptr);
  EXPECT_EQ(topic_name(kDefaultPrefix, "cases"), "gridloop.cases");
}

}  // namespace

}  // namespace topics
