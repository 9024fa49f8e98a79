package dev.jetlane.driver;

/** Something that works without calls of the user, such as a worker. */
public interface Activity {

  /**
   * Whether it does nothing, and will do nothing until a pull is answered, the clock moves, or a
   * thread calls it. May take its own lock; the caller may hold one of the driver.
   */
  boolean isAtRest();

  /** How many handlers of it run. */
  default int running() {
    return 0;
  }

  /** Its process is gone: it starts, settles, gives back and reports nothing more. */
  default void abandon() {}
}
