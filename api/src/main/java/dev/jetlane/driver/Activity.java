package dev.jetlane.driver;

/** Something that works without calls of the user, such as a worker. */
public interface Activity {

  /**
   * Returns whether it does nothing, and will do nothing until a pull is answered, the clock moves,
   * or a thread calls it. May take its own lock; the caller may hold one of the driver.
   *
   * @return whether it is at rest
   */
  boolean isAtRest();

  /**
   * Returns the number of its running handlers.
   *
   * @return the number
   */
  default int running() {
    return 0;
  }

  /**
   * Ends it without any effect, because its process has crashed: it starts, settles, gives back and
   * reports nothing more.
   */
  default void abandon() {}
}
