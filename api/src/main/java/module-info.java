/**
 * The contract of a work queue, implemented by {@code dev.jetlane.nats} and {@code
 * dev.jetlane.inmemory}.
 */
module dev.jetlane {
  requires static transitive org.jspecify;

  exports dev.jetlane;
  exports dev.jetlane.spi;
}
