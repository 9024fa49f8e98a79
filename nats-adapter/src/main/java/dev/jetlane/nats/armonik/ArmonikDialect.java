// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.armonik;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Task;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.wire.ConnectionMonitor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * ArmoniK's queue: the payload of a task is its id; the stream lists the subject of each partition,
 * which is the partition's name; there are no delayed tasks.
 */
public final class ArmonikDialect implements Dialect {

  public static final ArmonikDialect INSTANCE = new ArmonikDialect();

  private ArmonikDialect() {}

  @Override
  public boolean hasDelays() {
    return false;
  }

  @Override
  public void check(Task task) {
    if (!task.delay().isZero()) {
      throw new InvalidInputException(
          "delay of task", task.delay(), "must be zero: ArmoniK's stream has no delayed tasks");
    }
    if (task.deadline().isPresent()) {
      throw new InvalidInputException(
          "deadline of task", task.deadline().get(), "must be absent: ArmoniK's workers ignore it");
    }
    if (task.payloadSize() > 0 && !Arrays.equals(task.payload(), idBytes(task))) {
      throw new InvalidInputException(
          "payload of task",
          task.id(),
          "must be empty or the task id: ArmoniK stores no other payload");
    }
  }

  @Override
  public Task stored(Task task) {
    return Task.of(task.id(), idBytes(task)).withHeaders(task.headers());
  }

  private static byte[] idBytes(Task task) {
    return task.id().getBytes(StandardCharsets.UTF_8);
  }

  /** Returns the payload of any producer as the id. */
  @Override
  public @Nullable String taskId(byte[] payload) {
    try {
      return Limits.checkTaskId(new String(payload, StandardCharsets.UTF_8));
    } catch (InvalidInputException e) {
      return null;
    }
  }

  @Override
  public SubjectList subjectList(JetStreamApi api, ConnectionMonitor monitor) {
    return new ArmonikSubjects(api, monitor);
  }

  @Override
  public String toString() {
    return "ArmoniK";
  }
}
