package dev.jetlane.driver;

/** Who waits for an exchange. */
public enum Urgency {

  /**
   * The caller, or the caller of a batch, is about to block until it ends. It is to be sent now. No
   * reaction of a user hangs on its future, so it may be completed on any thread.
   */
  AWAITED,

  /**
   * No thread yet: more requests may follow immediately, and be sent with it. Reactions of a user
   * may hang on its future.
   */
  PIPELINED,

  /**
   * No thread at all: it may be sent a millisecond later, with others, which costs the queue and
   * the client less. Otherwise as {@link #PIPELINED}.
   */
  DEFERRED
}
