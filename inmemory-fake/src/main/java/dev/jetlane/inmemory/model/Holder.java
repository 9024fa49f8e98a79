package dev.jetlane.inmemory.model;

/** A puller, as far as a server knows it. Called under the lock of the server's time. */
public interface Holder {

  /** Such as {@code puller 2}. */
  String name();

  /** Which of its tasks come from a lower priority. */
  PriorityTurns turns();

  /** How often its client takes a task before it makes a dead letter of it. */
  int maxDeliveries();

  /** A task that it would have got has used up its deliveries, and is a dead letter now. */
  void exhausted(StoredTask task);
}
