/** The queue on NATS JetStream. */
// jnats is an automatic module, and its Connection is a parameter of ours.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module dev.jetlane.nats {
  requires transitive dev.jetlane;
  requires transitive io.nats.jnats;
  requires static transitive org.jspecify;

  exports dev.jetlane.nats;
}
