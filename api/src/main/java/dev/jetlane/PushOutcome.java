package dev.jetlane;

/** What became of one task of {@link Partition#pushAll}. */
public sealed interface PushOutcome {

  /** The id of the task. */
  String taskId();

  /**
   * The task is in the queue: stored by this push or, as the receipt then says, by an earlier one.
   *
   * @param receipt the confirmation
   */
  record Stored(PushReceipt receipt) implements PushOutcome {
    @Override
    public String taskId() {
      return receipt.taskId();
    }
  }

  /**
   * The task was not stored.
   *
   * @param taskId the id of the task
   * @param error why, as {@link Partition#push} would have thrown it
   */
  record Refused(String taskId, TaskQueueException error) implements PushOutcome {}

  /**
   * The task may or may not be stored: push it again, with the same id, to find out.
   *
   * @param taskId the id of the task
   * @param error what happened
   */
  record Unknown(String taskId, OutcomeUnknownException error) implements PushOutcome {}
}
