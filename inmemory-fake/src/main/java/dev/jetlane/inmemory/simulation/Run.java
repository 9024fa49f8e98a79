// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.InMemoryServer;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Plays histories by seed until one fails, on its own threads. */
final class Run {

  private final SimulationOptions options;
  private final Simulation.Scenario scenario;
  private int played;
  private @Nullable FailedHistory failed;

  private Run(SimulationOptions options, Simulation.Scenario scenario) {
    this.options = options;
    this.scenario = scenario;
  }

  static Run of(SimulationOptions options, Simulation.Scenario scenario) {
    Run run = new Run(options, scenario);
    run.onPlayer(run::search);
    return run;
  }

  /** Returns the logs of the histories of all seeds, whatever their results: for tests. */
  static List<String> logs(SimulationOptions options, Simulation.Scenario scenario) {
    List<String> logs = new ArrayList<>();
    Run run = new Run(options, scenario);
    run.onPlayer(
        player -> {
          for (int i = 0; i < options.seeds(); i++) {
            History history = player.play(Script.of(options.firstSeed() + i), true);
            logs.add(history.text() + "\n" + history.what());
          }
        });
    return logs;
  }

  int played() {
    return played;
  }

  @Nullable FailedHistory failed() {
    return failed;
  }

  /**
   * Fails if a history failed.
   *
   * @param name the name of the page
   */
  void orThrow(String name) {
    FailedHistory failure = failed;
    if (failure != null) {
      throw failure.report(name, played);
    }
  }

  private void onPlayer(Consumer<Player> work) {
    try {
      MethodHandles.lookup().ensureInitialized(InMemoryServer.class);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
    Crew crew = new Crew();
    CompletableFuture<Void> end = new CompletableFuture<>();
    Player player =
        new Player(
            crew,
            options,
            world -> scenario.begin(new Simulation(world)),
            own -> {
              try {
                work.accept(own);
                end.complete(null);
              } catch (Throwable e) {
                end.completeExceptionally(e);
              }
            });
    player.start();
    try {
      new Watch(player).await(end);
    } finally {
      crew.close();
    }
  }

  private void search(Player player) {
    if (!options.repeat().isEmpty()) {
      tryOne(player, Script.parse(options.repeat()));
      return;
    }
    long startNanos = System.nanoTime();
    for (int i = 0; i < options.seeds() && failed == null; i++) {
      if (System.nanoTime() - startNanos > options.timeLimit().toNanos()) {
        return;
      }
      tryOne(player, Script.of(options.firstSeed() + i));
    }
  }

  private void tryOne(Player player, Script script) {
    History history = player.play(script, false);
    played++;
    if (history.failed()) {
      failed = new Shrinker(player, history).shortest();
    }
  }
}
