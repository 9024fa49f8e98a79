// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The dashboard has the types that Grafana 11 publishes in its package {@code @grafana/schema}. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class DashboardTest {

  private static final Path DASHBOARD =
      NodeProject.ROOT.resolve("nats-adapter/monitoring/dashboard.json");

  private static final String TYPE =
      "import type { Dashboard } from"
          + " './node_modules/@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen';\n"
          + "export const dashboard: Dashboard = ";

  @Test
  void isADashboardOfGrafana() throws Exception {
    NodeProject project = NodeProject.install("dashboard", "package.json");
    String dashboard = Files.readString(DASHBOARD);
    assertThat(compile(project, dashboard)).isEmpty();
    assertThatThrownBy(() -> compile(project, dashboard.replace("\"gridPos\"", "\"place\"")))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("'\"place\"' does not exist in type 'Panel'");
  }

  private static List<String> compile(NodeProject project, String dashboard) throws Exception {
    project.write("dashboard.ts", TYPE + dashboard);
    return project.run(
        "node_modules/.bin/tsc",
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--moduleResolution",
        "bundler",
        "--module",
        "esnext",
        "--target",
        "es2022",
        "dashboard.ts");
  }

  /** An undeclared variable selects nothing, and its panel stays empty. */
  @Test
  void declaresItsVariables() throws Exception {
    String dashboard = Files.readString(DASHBOARD);
    Set<String> used = new HashSet<>();
    Pattern.compile("\\$\\{?([a-z]+)\\b")
        .matcher(dashboard)
        .results()
        .forEach(found -> used.add(found.group(1)));
    assertThat(used)
        .containsExactlyInAnyOrder("datasource", "application", "environment", "partition");
    assertThat(used).allMatch(name -> dashboard.contains("\"name\": \"" + name + "\""));
  }
}
