#include "engine/log/log.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "engine/hash.h"

namespace {

using namespace engine;

// Source of the vectors: org.apache.kafka.common.utils.UtilsTest.testMurmur2.
TEST(Log, PartitionOfAKeyIsTheOneKafkasJavaClientComputes) {
  const std::vector<std::pair<std::string, std::int32_t>> vectors{
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107},
  };
  for (const auto& [key, hash] : vectors) {
    const std::uint32_t positive = static_cast<std::uint32_t>(hash) & 0x7fffffffu;
    for (const std::uint32_t partitions : {1u, 2u, 3u, 16u, 1000u, 0x80000000u}) {
      EXPECT_EQ(partition_of(key, partitions).value, positive % partitions) << key;
    }
  }
}

TEST(Log, HeadersComeBackFromTheirEncoding) {
  EXPECT_TRUE(rc::check("decode_headers(encode_headers(h)) == h",
                        [](const Headers& headers) { RC_ASSERT(decode_headers(encode_headers(headers)) == headers); }));
}

TEST(Log, DamagedHeadersAreNoHeaders) {
  const std::string whole = encode_headers({{"name", "value"}, {"other", "x"}});
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_LE(decode_headers(std::string_view(whole).substr(0, size)).size(), 1u);
  }
}

TEST(Batch, ValuesAreFollowedByBytesThatParsersMayRead) {
  Batch batch;
  const std::string& held = batch.hold("value");
  EXPECT_GE(held.capacity(), held.size() + 64);
}

TEST(Hash128, SumsDoNotDependOnTheOrder) {
  EXPECT_TRUE(rc::check("a sum minus its terms is zero", [](const std::vector<std::string>& texts) {
    Hash128 sum;
    for (const auto& text : texts) sum += hash128(text);
    Hash128 reversed;
    for (auto at = texts.rbegin(); at != texts.rend(); ++at) reversed += hash128(*at);
    RC_ASSERT(sum == reversed);
    for (const auto& text : texts) sum -= hash128(text);
    RC_ASSERT(sum == Hash128{});
  }));
}

}  // namespace
