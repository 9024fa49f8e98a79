// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.stage.Stage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Assigns each event of the server to the actor that had the turn. */
final class Attribution {

  private final Stage stage;
  private final List<Actor> actors = new ArrayList<>();

  /** The number of the first line of each of these turns. */
  private long[] firsts = new long[16];

  Attribution(Stage stage) {
    this.stage = stage;
  }

  /** Records that an actor gets the turn: the following lines are its own. */
  void turnOf(Actor actor) {
    if (actors.size() == firsts.length) {
      firsts = Arrays.copyOf(firsts, 2 * firsts.length);
    }
    firsts[actors.size()] = stage.logged();
    actors.add(actor);
  }

  /** Returns the events with their actors; only the last ones if the log was cut. */
  List<LogLine> lines(List<String> events) {
    List<LogLine> lines = new ArrayList<>(events.size());
    long number = stage.logged() - events.size();
    int turn = 0;
    for (String event : events) {
      while (turn + 1 < actors.size() && firsts[turn + 1] <= number) {
        turn++;
      }
      lines.add(new LogLine(actors.get(turn).name, event));
      number++;
    }
    return lines;
  }
}
