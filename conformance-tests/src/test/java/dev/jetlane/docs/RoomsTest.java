// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The packages of each module, and the direction of their dependencies. A module is named by the
 * common prefix of its packages.
 */
class RoomsTest {

  private static final int LARGEST_CYCLE = 4;

  private static final ImportOption MAIN =
      location -> !location.matches(Pattern.compile(".*(/test-classes/|-test/|-tests\\.jar).*"));

  private static final JavaClasses ALL =
      new ClassFileImporter().withImportOption(MAIN).importPackages("dev.jetlane");

  private static final JavaClasses API =
      new ClassFileImporter()
          .withImportOption(MAIN)
          .importPackages(
              "dev.jetlane.client",
              "dev.jetlane.driver",
              "dev.jetlane.jackson",
              "dev.jetlane.micrometer",
              "dev.jetlane.opentelemetry");

  @Test
  void theContractDependsOnNoOtherPackage() {
    noClasses()
        .that()
        .resideInAPackage("dev.jetlane")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.jetlane.spi..",
            "dev.jetlane.client..",
            "dev.jetlane.driver..",
            "dev.jetlane.jackson..",
            "dev.jetlane.micrometer..",
            "dev.jetlane.opentelemetry..")
        .check(ALL);
  }

  @Test
  void theDriverDependsOnlyOnTheContract() {
    classes()
        .that()
        .resideInAPackage("dev.jetlane.driver")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "org.jspecify..", "dev.jetlane", "dev.jetlane.driver")
        .check(ALL);
  }

  @Test
  void theClientDependsOnlyOnContractAndDriver() {
    classes()
        .that()
        .resideInAPackage("dev.jetlane.client")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "org.jspecify..",
            "dev.jetlane",
            "dev.jetlane.driver",
            "dev.jetlane.client",
            "dev.jetlane.client.worker")
        .check(ALL);
    assertThat(publicTypes("dev.jetlane.client")).containsExactly("Queues");
  }

  @Test
  void theWorkerDependsOnlyOnContractAndDriver() {
    classes()
        .that()
        .resideInAPackage("dev.jetlane.client.worker")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "org.jspecify..",
            "dev.jetlane",
            "dev.jetlane.driver",
            "dev.jetlane.client.worker")
        .check(ALL);
  }

  @Test
  void optionalPackagesDependOnlyOnTheContract() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.jetlane.jackson", "dev.jetlane.micrometer", "dev.jetlane.opentelemetry")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.jetlane.client..", "dev.jetlane.driver..")
        .check(ALL);
  }

  @Test
  void thePackagesOfTheApiFormNoCycle() {
    slices().matching("dev.jetlane.(*)..").should().beFreeOfCycles().check(API);
  }

  @Test
  void theClassesOfAPackageFormNoLargeCycle() {
    List<Set<String>> found = new ArrayList<>();
    ALL.stream()
        .map(JavaClass::getPackageName)
        .distinct()
        .forEach(name -> found.addAll(cycles(name)));
    assertThat(found).isEmpty();
  }

  @Test
  void theModelOfTheFakeDependsOnNoClientAndReadsNoClock() {
    classes()
        .that()
        .resideInAPackage("dev.jetlane.inmemory.model")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "org.jspecify..",
            "dev.jetlane",
            "dev.jetlane.inmemory.model",
            "dev.jetlane.inmemory.time")
        .check(ALL);
    noClasses()
        .that()
        .resideInAPackage("dev.jetlane.inmemory.model")
        .should()
        .dependOnClassesThat()
        .haveSimpleNameEndingWith("Time")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleName("System")
        .check(ALL);
    noClasses()
        .that()
        .resideInAPackage("dev.jetlane.inmemory.time")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.jetlane.inmemory", "dev.jetlane.inmemory.model")
        .check(ALL);
  }

  @Test
  void thePackagesOfTheFakeFormNoCycle() {
    slices().matching("dev.jetlane.inmemory.(*)..").should().beFreeOfCycles().check(ALL);
    noClasses()
        .that()
        .resideInAPackage("dev.jetlane.inmemory..")
        .and()
        .resideOutsideOfPackage("dev.jetlane.inmemory.simulation")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.jetlane.inmemory.simulation")
        .check(ALL);
  }

  @Test
  void thePackagesOfTheKitFormNoCycle() {
    slices().matching("dev.jetlane.conformance.(*)..").should().beFreeOfCycles().check(ALL);
  }

  /** The public types of the exported packages of each module. */
  @Test
  void publicTypesAreFew() throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    for (String module : List.of("api", "nats-adapter", "inmemory-fake")) {
      counts.put(module, exports(module).stream().mapToInt(name -> publicTypes(name).size()).sum());
    }
    assertThat(counts.get("api")).isBetween(40, 75);
    assertThat(counts.get("nats-adapter")).isBetween(1, 8);
    assertThat(counts.get("inmemory-fake")).isBetween(1, 11);
  }

  private static List<String> exports(String module) throws IOException {
    String descriptor =
        Files.readString(Repository.ROOT.resolve(module + "/src/main/java/module-info.java"));
    return Pattern.compile("exports ([\\w.]+);")
        .matcher(descriptor)
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  private static List<String> publicTypes(String inPackage) {
    return ALL.stream()
        .filter(type -> type.getPackageName().equals(inPackage))
        .filter(type -> type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
        .map(JavaClass::getSimpleName)
        .sorted()
        .toList();
  }

  /** The cycles of more than {@value #LARGEST_CYCLE} top-level classes in one package. */
  private static List<Set<String>> cycles(String inPackage) {
    Map<String, Set<String>> uses = new TreeMap<>();
    for (JavaClass type : ALL) {
      if (type.getPackageName().equals(inPackage)) {
        for (Dependency use : type.getDirectDependenciesFromSelf()) {
          JavaClass target = use.getTargetClass().getBaseComponentType();
          if (target.getPackageName().equals(inPackage)) {
            uses.computeIfAbsent(topLevel(type), name -> new TreeSet<>()).add(topLevel(target));
          }
        }
      }
    }
    Set<Set<String>> cycles = new LinkedHashSet<>();
    Map<String, Set<String>> reached = new HashMap<>();
    uses.keySet().forEach(name -> reached.put(name, reach(name, uses)));
    for (String name : uses.keySet()) {
      Set<String> cycle = new TreeSet<>();
      for (String other : reached.getOrDefault(name, Set.of())) {
        if (reached.getOrDefault(other, Set.of()).contains(name)) {
          cycle.add(other);
        }
      }
      if (cycle.size() > LARGEST_CYCLE) {
        cycles.add(cycle);
      }
    }
    return new ArrayList<>(cycles);
  }

  private static Set<String> reach(String from, Map<String, Set<String>> uses) {
    Set<String> reached = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(uses.getOrDefault(from, Set.of()));
    while (!open.isEmpty()) {
      String next = open.pop();
      if (reached.add(next)) {
        open.addAll(uses.getOrDefault(next, Set.of()));
      }
    }
    return reached;
  }

  private static String topLevel(JavaClass type) {
    String name = type.getName();
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }
}
