package dev.jetlane.conformance.oracle;

import dev.jetlane.Delivery;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Records the events of tasks, a line each. */
public final class Telling implements QueueListener {

  /** The time held of an event that is no settlement. */
  private static final long NOT_HELD = -1;

  /**
   * One event.
   *
   * @param client the client that reported it
   * @param heldNanos how long the task was held, if it was settled
   */
  public record Told(int client, String line, long heldNanos) {

    boolean isSettlement() {
      return heldNanos != NOT_HELD;
    }

    @Override
    public String toString() {
      return "client " + client + " " + line;
    }
  }

  private final int client;
  private final Queue<Told> all;

  /** Records the events of this client in a list that is shared with other clients. */
  public Telling(int client, Queue<Told> all) {
    this.client = client;
    this.all = all;
  }

  /** Of the only client that is listened to. */
  public Telling() {
    this(0, new ConcurrentLinkedQueue<>());
  }

  /** The events so far. */
  public List<String> lines() {
    return lines("");
  }

  /** The events so far that begin like this. */
  public List<String> lines(String beginning) {
    return all.stream().map(Told::line).filter(line -> line.startsWith(beginning)).toList();
  }

  @Override
  public void pushed(String partition, String taskId, boolean duplicate) {
    add(EventLine.pushed(partition, taskId, duplicate));
  }

  @Override
  public void pushFailed(String partition, String taskId, TaskQueueException error) {
    add(EventLine.pushFailed(partition, taskId, error.getClass().getSimpleName()));
  }

  @Override
  public void pulled(String partition, int tasks) {
    add(EventLine.pulled(partition, tasks));
  }

  @Override
  public void redelivered(Delivery delivery) {
    add(EventLine.redelivered(EventLine.name(delivery)));
  }

  @Override
  public void pullFailed(String partition, TaskQueueException error) {
    add(EventLine.pullFailed(partition, error.getClass().getSimpleName()));
  }

  @Override
  public void acked(Delivery delivery, boolean late, long heldNanos) {
    add(EventLine.acked(EventLine.name(delivery), late), heldNanos);
  }

  @Override
  public void naked(Delivery delivery, Duration delay, long heldNanos) {
    add(EventLine.naked(EventLine.name(delivery), delay), heldNanos);
  }

  @Override
  public void extended(Delivery delivery) {
    add(EventLine.extended(EventLine.name(delivery)));
  }

  @Override
  public void deadLettered(Delivery delivery, String reason, long heldNanos) {
    add(EventLine.deadLettered(EventLine.name(delivery), reason), heldNanos);
  }

  @Override
  public void exhausted(String partition, String taskId) {
    add(EventLine.exhausted(partition, taskId));
  }

  @Override
  public void leaseLost(Delivery delivery) {
    add(EventLine.leaseLost(EventLine.name(delivery)));
  }

  @Override
  public void settleFailed(Delivery delivery, TaskQueueException error) {
    add(EventLine.settleFailed(EventLine.name(delivery), error.getClass().getSimpleName()));
  }

  private void add(String line) {
    add(line, NOT_HELD);
  }

  private void add(String line, long heldNanos) {
    all.add(new Told(client, line, heldNanos));
  }
}
