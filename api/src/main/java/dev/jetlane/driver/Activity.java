package dev.jetlane.driver;

/** Something that works by itself, such as a worker. */
public interface Activity {

  /**
   * Whether it does nothing, and will do nothing until a pull is answered, the clock moves, or
   * somebody calls it. May take a lock of its own; the caller may hold one of the driver.
   */
  boolean isAtRest();

  /** How many handlers of it run. */
  default int running() {
    return 0;
  }

  /**
   * Its process is gone: it starts nothing more, settles nothing, gives nothing back, and tells
   * nobody.
   */
  default void abandon() {}
}
