#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "topics/contract/asyncapi.h"
#include "topics/contract/schema.h"
#include "topics/topology.h"

// The files that others take the contract from are what the program says.

namespace topics {

namespace {

const std::filesystem::path kRoom = GRIDLOOP_SOURCE_DIR "/topics/contract";
const char* const kRenew = "run: build/release/topics/topics_doc topics/README.md";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ContractFiles, SchemasAreThoseOfTheProgram) {
  for (const std::string_view type : schema_types()) {
    const auto schema = json_schema(type);
    ASSERT_TRUE(schema) << type;
    EXPECT_TRUE(text_of(kRoom / "schemas" / (std::string(type) + ".json")) == *schema) << type << "; " << kRenew;
  }
}

TEST(ContractFiles, NoSchemaIsLeftOver) {
  const auto types = schema_types();
  const std::set<std::string> known(types.begin(), types.end());
  EXPECT_EQ(known.size(), types.size());
  for (const auto& file : std::filesystem::directory_iterator(kRoom / "schemas")) {
    EXPECT_EQ(file.path().extension(), ".json");
    EXPECT_TRUE(known.contains(file.path().stem().string())) << file.path() << " belongs to no type";
  }
}

TEST(ContractFiles, AsyncApiIsThatOfTheProgram) {
  EXPECT_TRUE(text_of(kRoom / "asyncapi.json") == asyncapi(kDefaultPrefix)) << kRenew;
}

TEST(ContractFiles, AddressesHaveThePrefixOfTheDeployment) {
  const std::string document = asyncapi("town.");
  EXPECT_NE(document.find(R"("address": "town.requests")"), std::string::npos);
  EXPECT_EQ(document.find(R"("address": "gridloop.)"), std::string::npos);
}

TEST(ContractFiles, ASchemaIsAskedForByTheNameOfItsType) {
  EXPECT_EQ(json_schema("request.opened"), std::nullopt) << "an alias";
  EXPECT_EQ(json_schema("rumour.heard"), std::nullopt);
  EXPECT_NE(json_schema("sla.breached"), std::nullopt);
}

}  // namespace

}  // namespace topics
