package dev.jetlane.inmemory.time;

/** Something with events that are due at moments of a {@link Time}. */
public interface Timed {

  /** Later than any moment. */
  long NEVER = Long.MAX_VALUE;

  /** The moment of the next event; {@link #NEVER} if there is none. */
  long nextEventNanos();

  /** Brings about every event up to a moment, in order, each at its own instant. */
  void catchUp(long now);
}
