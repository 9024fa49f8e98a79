/**
 * The contract of a work queue, implemented by {@code dev.jetlane.nats} and {@code
 * dev.jetlane.inmemory}.
 */
// Micrometer, OpenTelemetry and Jackson are optional, the former two automatic modules. They are
// not
// transitive, because a module that requires this one could then not be compiled without them.
@SuppressWarnings("requires-automatic")
module dev.jetlane {
  requires static com.fasterxml.jackson.databind;
  requires static io.opentelemetry.api;
  requires static io.opentelemetry.context;
  requires static micrometer.core;
  requires static transitive org.jspecify;

  exports dev.jetlane;
  exports dev.jetlane.client;
  exports dev.jetlane.driver;
  exports dev.jetlane.jackson;
  exports dev.jetlane.micrometer;
  exports dev.jetlane.opentelemetry;
}
