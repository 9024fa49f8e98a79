package dev.jetlane.client.worker;

/** The deadline of a task came while it waited for a handler of this worker. */
final class ExpiredException extends Exception {

  private static final long serialVersionUID = 1L;

  ExpiredException() {
    super("the deadline of the task came before a handler was free");
  }
}
