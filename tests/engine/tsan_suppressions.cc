// The distribution's RocksDB is built without ThreadSanitizer, which therefore does not see how it synchronises itself.
// Read by the sanitizer when there is one.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:librocksdb.so\n";
}
