// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.QueueConfig;
import java.util.ArrayList;
import java.util.List;

/** A puller that remembers the tasks that had used up their deliveries. */
final class PlainHolder implements Holder {

  private final String name;
  private final PriorityTurns turns;
  private final int maxDeliveries;

  final List<String> usedUp = new ArrayList<>();

  PlainHolder(String name, QueueConfig config) {
    this.name = name;
    turns = new PriorityTurns(config);
    maxDeliveries = config.maxDeliveries();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PriorityTurns turns() {
    return turns;
  }

  @Override
  public int maxDeliveries() {
    return maxDeliveries;
  }

  @Override
  public void exhausted(StoredTask task) {
    usedUp.add(task.id());
  }
}
