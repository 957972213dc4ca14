#include "ops/cli/progress.h"

#include <gtest/gtest.h>

namespace {

using ops::progress_line;
using std::chrono::seconds;

TEST(Progress, TellsHowMuchIsReadAndHowLongTheRestTakes) {
  EXPECT_EQ(progress_line("records", 250'000, 1'000'000, 90'000, seconds(5)),
            "250,000 of 1,000,000 records (25 %), 50,000/s, 15 s left");
  EXPECT_EQ(progress_line("records", 0, 10, 0, seconds(1)), "0 of 10 records (0 %), 0/s, 0 s left");
}

TEST(Progress, TellsHowManyCasesAreStillToBeAnnouncedWhenAllIsRead) {
  EXPECT_EQ(progress_line("records", 1'000'000, 1'000'000, 90'000, seconds(5)),
            "1,000,000 records read; 90,000 cases still to be announced");
  EXPECT_EQ(progress_line("records", 1'000'000, 1'000'002, 90'000, seconds(5)),
            "1,000,000 records read; 90,000 cases still to be announced")
      << "some come in meanwhile";
  EXPECT_EQ(progress_line("records", 0, 0, 7, seconds(1)), "0 records read; 7 cases still to be announced");
}

}  // namespace
