// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.Health;
import dev.jetlane.TaskQueue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;

/**
 * The health of the queue and of the workers of this application, for the indicators of both
 * generations of Spring Boot. DOWN without a connection, when a restart may help; OUT_OF_SERVICE
 * with an unusable connection, when a restart does not help.
 */
final class JetlaneHealth {

  private final TaskQueue queue;
  private final ObjectProvider<TaskListeners> listeners;

  JetlaneHealth(TaskQueue queue, ObjectProvider<TaskListeners> listeners) {
    this.queue = queue;
    this.listeners = listeners;
  }

  record Result(String status, Map<String, Object> details) {}

  Result ask() {
    Health health = queue.health();
    boolean live = health.live();
    boolean ready = health.ready();
    List<String> problems = new ArrayList<>(health.problems());
    TaskListeners present = listeners.getIfAvailable();
    if (present != null) {
      for (Map.Entry<String, dev.jetlane.Worker> worker : present.workers().entrySet()) {
        Health of = worker.getValue().health();
        ready &= of.ready();
        of.problems().forEach(problem -> problems.add(worker.getKey() + ": " + problem));
      }
    }
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("live", live);
    details.put("ready", live && ready);
    details.put("problems", problems);
    return new Result(!live ? "DOWN" : ready ? "UP" : "OUT_OF_SERVICE", details);
  }
}
