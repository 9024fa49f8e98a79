/** The queue in memory, for unit tests: {@link dev.jetlane.inmemory.InMemoryServer}. */
module dev.jetlane.inmemory {
  requires transitive dev.jetlane;
  requires static org.jspecify;
  requires static transitive org.assertj.core;
  requires static transitive org.junit.jupiter.api;

  exports dev.jetlane.inmemory;
  exports dev.jetlane.inmemory.simulation;
}
