package dev.jetlane.inmemory.time;

/**
 * What lives by a {@link Time}: a server and everything on it. Guarded by the lock of the time,
 * which the time holds when it calls.
 */
public interface TimedWorld extends Timed {

  /** When the next task id is forgotten; {@link #NEVER} if none is known. */
  long nextForgottenNanos();

  /** Whether a client holds an unsettled delivery, and may be at work. */
  boolean anythingInHands();

  /** Whether something waits here that no thread waits for. */
  boolean isUnattended();
}
