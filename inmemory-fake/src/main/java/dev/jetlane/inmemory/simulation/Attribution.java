package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.stage.Stage;
import java.util.ArrayList;
import java.util.List;

/** Which event of the server happened in whose turn. */
final class Attribution {

  private final Stage stage;
  private final List<String> actors = new ArrayList<>();
  private final List<Long> firsts = new ArrayList<>();

  Attribution(Stage stage) {
    this.stage = stage;
  }

  /** An actor gets the turn: the lines from now on are its own. */
  void turnOf(Actor actor) {
    actors.add(actor.name);
    firsts.add(stage.logged());
  }

  /** The events with their actors; the last ones if not all are kept. */
  List<LogLine> lines(List<String> events) {
    List<LogLine> lines = new ArrayList<>(events.size());
    long number = stage.logged() - events.size();
    int turn = 0;
    for (String event : events) {
      while (turn + 1 < firsts.size() && firsts.get(turn + 1) <= number) {
        turn++;
      }
      lines.add(new LogLine(actors.get(turn), event));
      number++;
    }
    return lines;
  }
}
