// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** The limits that keep the code small. */
class StructureTest {

  private static final int MAX_FILE_LINES = 500;
  private static final int MAX_METHOD_LINES = 60;
  private static final Pattern DESERIALIZES =
      Pattern.compile("ObjectInput|readObject|XMLDecoder|readUnshared");

  private static final Pattern PUBLISHED =
      Pattern.compile("^(api|inmemory-fake|nats-adapter)/src/main/");
  private static final Pattern SCHEDULES =
      Pattern.compile(
          "new (Timer|Thread)\\(|ScheduledThreadPoolExecutor\\(|new\\w*Scheduled\\w*\\(|[Dd]elayedExecutor\\("
              + "|\\.(orTimeout|completeOnTimeout)\\(");
  private static final Pattern WALL_CLOCK =
      Pattern.compile(
          "currentTimeMillis|Instant\\.now|(Local|Zoned|Offset)DateTime\\.now|Clock\\.system");

  /** The classes that are thread-safe for a reason stated in them. */
  private static final List<String> SCHEDULERS =
      List.of(
          "dev/jetlane/driver/MachineClock.java",
          "dev/jetlane/driver/DriverFuture.java",
          "dev/jetlane/client/worker/HandlerPool.java",
          "dev/jetlane/client/worker/TaskWorker.java",
          "dev/jetlane/inmemory/time/SystemTime.java",
          "dev/jetlane/inmemory/time/ManualTime.java",
          "dev/jetlane/inmemory/simulation/Timers.java",
          "dev/jetlane/nats/request/QueueTimer.java",
          "dev/jetlane/nats/request/JetStreamApi.java",
          "dev/jetlane/nats/request/Session.java",
          "dev/jetlane/nats/wire/FrameWriter.java");

  @Test
  void noFileIsLong() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path file : Repository.files(".java")) {
      int lines = Files.readAllLines(file).size();
      if (lines > MAX_FILE_LINES) {
        tooLong.add(Repository.path(file) + ": " + lines + " lines");
      }
    }
    assertThat(tooLong).isEmpty();
  }

  /** A payload is bytes: a producer must not be able to make a worker create objects. */
  @Test
  void nothingIsDeserialized() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files(".java")) {
      String path = Repository.path(file);
      boolean reads = DESERIALIZES.matcher(Files.readString(file)).find();
      if (path.contains("/src/main/") && reads) {
        found.add(path);
      }
    }
    assertThat(found).isEmpty();
  }

  /**
   * An exception ends a periodic task of the JDK permanently and silently. So one place in each
   * module schedules and creates threads, and it survives all exceptions.
   */
  @Test
  void nothingElseSchedules() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files(".java")) {
      String path = Repository.path(file);
      boolean schedules = SCHEDULES.matcher(Files.readString(file)).find();
      boolean ours = PUBLISHED.matcher(path).find();
      if (ours && schedules && SCHEDULERS.stream().noneMatch(path::endsWith)) {
        found.add(path);
      }
    }
    assertThat(found).isEmpty();
  }

  /** One client with a wrong wall clock must not decide for the others. */
  @Test
  void noWallClockIsReadByTheAdapter() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files(".java")) {
      String path = Repository.path(file);
      boolean reads = WALL_CLOCK.matcher(Files.readString(file)).find();
      if (path.startsWith("nats-adapter/src/main/") && reads) {
        found.add(path.substring(path.lastIndexOf('/') + 1));
      }
    }
    // The other uses are a hint that the other clock stood still, displayed ages, and the doctor's
    // comparison of both clocks.
    assertThat(found)
        .containsExactlyInAnyOrder(
            "DelayedTaskMover.java",
            "NatsPartitionDriver.java",
            "TaskPages.java",
            "Examination.java");
  }

  /** A document with an unfinished merge compiles. */
  @Test
  void noMergeIsUnfinished() throws IOException {
    List<String> unfinished = new ArrayList<>();
    for (Path file : Repository.files(".md")) {
      if (Files.readAllLines(file).stream().anyMatch(line -> line.startsWith("<<<<<<< "))) {
        unfinished.add(Repository.path(file));
      }
    }
    assertThat(unfinished).isEmpty();
  }

  @Test
  void noMethodIsLong() throws IOException {
    List<String> tooLong = new ArrayList<>();
    parse(
        Repository.files(".java"),
        (unit, positions) -> {
          LineMap lines = unit.getLineMap();
          new TreeScanner<Void, Void>() {
            @Override
            public Void visitMethod(MethodTree method, Void unused) {
              if (method.getBody() != null) {
                long from = lines.getLineNumber(positions.getStartPosition(unit, method.getBody()));
                long to = lines.getLineNumber(positions.getEndPosition(unit, method.getBody()));
                if (to - from > MAX_METHOD_LINES) {
                  tooLong.add(
                      unit.getSourceFile().getName()
                          + ": "
                          + method.getName()
                          + ", "
                          + (to - from));
                }
              }
              return super.visitMethod(method, null);
            }
          }.scan(unit, null);
        });
    assertThat(tooLong).isEmpty();
  }

  /**
   * The model of the fake's server depends on no client and reads no clock; its time package
   * depends on neither.
   */
  @Test
  void thePackagesOfTheFakeDependInOneDirection() throws IOException {
    String fake = "inmemory-fake/src/main/java/";
    String room = fake + "dev/jetlane/inmemory/";
    assertThat(
            uses(
                room + "model", "dev\\.jetlane\\.(client|driver|spi)|Instant\\.now|nanoTime|Clock"))
        .isEmpty();
    assertThat(uses(room + "model", "import dev\\.jetlane\\.inmemory\\.(?!time\\.Timed)"))
        .isEmpty();
    assertThat(uses(room + "time", "import dev\\.jetlane\\.")).isEmpty();
    assertThat(Files.readString(Repository.ROOT.resolve(fake + "module-info.java")))
        .contains("exports dev.jetlane.inmemory;", "exports dev.jetlane.inmemory.simulation;")
        .doesNotContain("exports dev.jetlane.inmemory.model", "exports dev.jetlane.inmemory.time");
  }

  /** Returns the files of a folder in which the pattern occurs. */
  private static List<String> uses(String folder, String pattern) throws IOException {
    Pattern found = Pattern.compile(pattern);
    List<String> users = new ArrayList<>();
    try (Stream<Path> all = Files.list(Repository.ROOT.resolve(folder))) {
      for (Path file : all.toList()) {
        if (found.matcher(Files.readString(file)).find()) {
          users.add(Repository.path(file));
        }
      }
    }
    return users;
  }

  private interface Visit {
    void visit(CompilationUnitTree unit, SourcePositions positions);
  }

  private static void parse(List<Path> files, Visit visit) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, manager, null, null, null, manager.getJavaFileObjectsFromPaths(files));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        visit.visit(unit, positions);
      }
    }
  }
}
