#pragma once

#include <condition_variable>
#include <mutex>

#include "engine/types.h"

// A mutex of which Clang checks (-Wthread-safety) that what it guards is touched under it. Other compilers ignore the
// annotations:
//
//   Mutex mutex_;
//   int count_ GRIDLOOP_GUARDED_BY(mutex_) = 0;
//   void grow() GRIDLOOP_REQUIRES(mutex_);          the caller holds it
//   condition_.wait(lock, [this]() GRIDLOOP_REQUIRES(mutex_) { return count_ > 0; });
//
// Source: https://clang.llvm.org/docs/ThreadSafetyAnalysis.html

#if defined(__clang__)
#define GRIDLOOP_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define GRIDLOOP_THREAD_ATTRIBUTE(x)
#endif
#define GRIDLOOP_GUARDED_BY(mutex) GRIDLOOP_THREAD_ATTRIBUTE(guarded_by(mutex))
#define GRIDLOOP_REQUIRES(mutex) GRIDLOOP_THREAD_ATTRIBUTE(requires_capability(mutex))
#define GRIDLOOP_EXCLUDES(mutex) GRIDLOOP_THREAD_ATTRIBUTE(locks_excluded(mutex))

namespace engine {

class GRIDLOOP_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a Mutex to the end of its scope, but for what lies between unlock() and lock().
class GRIDLOOP_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) GRIDLOOP_THREAD_ATTRIBUTE(acquire_capability(mutex)) : lock_(mutex.mutex_) {}
  ~MutexLock() GRIDLOOP_THREAD_ATTRIBUTE(release_capability()) {}
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() GRIDLOOP_THREAD_ATTRIBUTE(acquire_capability()) { lock_.lock(); }
  void unlock() GRIDLOOP_THREAD_ATTRIBUTE(release_capability()) { lock_.unlock(); }

 private:
  friend class Condition;
  std::unique_lock<std::mutex> lock_;
};

// A condition variable for a MutexLock. A wait without a predicate may end early.
class Condition {
 public:
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }
  void wait(MutexLock& lock) { condition_.wait(lock.lock_); }
  void wait_for(MutexLock& lock, Milliseconds timeout) { condition_.wait_for(lock.lock_, timeout); }
  // Returns whether `done` was true in time.
  template <class Done>
  bool wait_for(MutexLock& lock, Milliseconds timeout, Done done) {
    return condition_.wait_for(lock.lock_, timeout, done);
  }

 private:
  std::condition_variable condition_;
};

}  // namespace engine
