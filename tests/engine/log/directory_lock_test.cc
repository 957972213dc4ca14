#include "engine/log/directory_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "tests/support/scratch.h"

namespace {

using namespace engine;
using Use = DirectoryLock::Use;

class DirectoryLockTest : public testing::Test {
 protected:
  // What another process gets: 0 the lock, else 1 + the action of the error.
  int in_another_process(Use use) const {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto lock = DirectoryLock::acquire(directory_, use);
      ::_exit(lock ? 0 : 1 + static_cast<int>(lock.error().action));
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status);
  }

  static constexpr int kGranted = 0;
  static constexpr int kRefused = 1 + static_cast<int>(Action::fenced);
  const support::Scratch scratch_;
  const std::string directory_ = scratch_.path("town");
};

TEST_F(DirectoryLockTest, ASecondProcessMayNeitherWriteNorRead) {
  const auto lock = DirectoryLock::acquire(directory_, Use::write);
  ASSERT_TRUE(lock);
  EXPECT_EQ(in_another_process(Use::write), kRefused);
  EXPECT_EQ(in_another_process(Use::read), kRefused);
}

TEST_F(DirectoryLockTest, TheMessageNamesTheProcess) {
  const auto lock = DirectoryLock::acquire(directory_, Use::write);
  ASSERT_TRUE(lock);
  const auto second = DirectoryLock::acquire(directory_, Use::write);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("pid " + std::to_string(::getpid())), std::string::npos);
}

TEST_F(DirectoryLockTest, ReadersShareAndKeepWritersOut) {
  {
    ASSERT_TRUE(DirectoryLock::acquire(directory_, Use::write));
  }
  const auto lock = DirectoryLock::acquire(directory_, Use::read);
  ASSERT_TRUE(lock);
  EXPECT_EQ(in_another_process(Use::read), kGranted);
  EXPECT_EQ(in_another_process(Use::write), kRefused);
}

TEST_F(DirectoryLockTest, EndsWithTheObjectAndWithTheProcess) {
  EXPECT_EQ(in_another_process(Use::write), kGranted);
  std::optional<Result<DirectoryLock>> lock(DirectoryLock::acquire(directory_, Use::write));
  ASSERT_TRUE(*lock);
  lock.reset();
  EXPECT_EQ(in_another_process(Use::write), kGranted);
}

TEST_F(DirectoryLockTest, AMissingDirectoryIsNothingToRead) {
  const auto lock = DirectoryLock::acquire(directory_, Use::read);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().action, Action::invalid);
  EXPECT_FALSE(std::filesystem::exists(directory_));
}

}  // namespace
