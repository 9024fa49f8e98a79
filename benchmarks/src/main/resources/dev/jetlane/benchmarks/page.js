'use strict';

const dark = matchMedia('(prefers-color-scheme: dark)').matches;
const narrow = innerWidth < 640;
const text = dark ? '#e3e8ec' : '#1c2733';
Chart.defaults.color = dark ? '#a3b0bb' : '#50606f';
Chart.defaults.borderColor = dark ? '#333d46' : '#dfe5ea';
Chart.defaults.font.size = narrow ? 10 : 12;

const ours = ['#0b7285', '#1098ad', '#3bc9db', '#66d9e8', '#99e9f2'];
const others = dark ? ['#868e96', '#adb5bd', '#ced4da', '#6c757d'] : ['#868e96', '#495057', '#adb5bd', '#ced4da'];
const limit = dark ? '#f1f3f5' : '#212529';

function colourOf(label) {
  if (label.startsWith('jetlane') || label.startsWith('in-memory')) return ours[0];
  return label.startsWith('socket') ? limit : others[0];
}

function asTable(value) {
  return Math.abs(value) < 0.095 ? value.toFixed(3) : value.toFixed(2);
}

/** On a narrow screen a long label takes two lines. */
function wrapped(label) {
  const comma = label.indexOf(', ');
  return narrow && comma > 0 ? [label.slice(0, comma + 1), label.slice(comma + 2)] : label;
}

function bars(plot) {
  const labels = plot.bars.map(bar => bar.label);
  const canvas = document.getElementById(plot.id);
  canvas.parentElement.style.height = (70 + 30 * labels.length) + 'px';
  return new Chart(canvas, {
    type: 'bar',
    data: {
      labels,
      datasets: [
        {
          label: 'min..max',
          data: plot.bars.map(bar => [bar.min, bar.max]),
          backgroundColor: '#f08c00',
          barThickness: 3,
          grouped: false,
          order: 0
        },
        {
          label: 'median',
          data: plot.bars.map(bar => bar.median),
          backgroundColor: labels.map(colourOf),
          barThickness: 18,
          grouped: false,
          order: 1
        }
      ]
    },
    options: {
      indexAxis: 'y',
      animation: false,
      maintainAspectRatio: false,
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            label: item => {
              const bar = plot.bars[item.dataIndex];
              return asTable(bar.median) + ' [' + asTable(bar.min) + '..' + asTable(bar.max) + ']';
            }
          }
        }
      },
      scales: {
        x: { beginAtZero: true, title: { display: true, text: plot.axis } },
        y: { grid: { display: false }, ticks: { autoSkip: false, color: text, callback: function (value) { return wrapped(this.getLabelForValue(value)); } } }
      }
    }
  });
}

function lines(plot) {
  const canvas = document.getElementById(plot.id);
  canvas.parentElement.style.height = '340px';
  const palettes = { ours: 0, others: 0 };
  const datasets = plot.lines.flatMap(line => {
    const mine = line.label.startsWith('jetlane') || line.label.startsWith('in-memory');
    const colour = line.label.startsWith('socket')
        ? limit
        : mine ? ours[2 * palettes.ours++ % ours.length] : others[palettes.others++ % others.length];
    const edge = key => ({
      label: '',
      data: line.points.map(point => ({ x: point.x, y: point[key] })),
      borderWidth: 0,
      pointRadius: 0,
      backgroundColor: colour + '22'
    });
    return [
      {
        label: line.label,
        data: line.points.map(point => ({ x: point.x, y: point.median })),
        borderColor: colour,
        backgroundColor: colour,
        pointRadius: 4
      },
      { ...edge('min'), fill: false },
      { ...edge('max'), fill: '-1' }
    ];
  });
  const values = [...new Set(plot.lines.flatMap(line => line.points.map(point => point.x)))];
  return new Chart(canvas, {
    type: 'line',
    data: { datasets },
    options: {
      animation: false,
      maintainAspectRatio: false,
      plugins: { legend: { labels: { filter: item => item.text !== '' } } },
      scales: {
        x: {
          type: 'logarithmic',
          title: { display: true, text: plot.axis },
          afterBuildTicks: axis => { axis.ticks = values.map(value => ({ value })); },
          ticks: { callback: value => value.toLocaleString('en') }
        },
        y: {
          beginAtZero: true,
          title: { display: true, text: plot.unit },
          ticks: { callback: value => value.toLocaleString('en') }
        }
      }
    }
  });
}

for (const plot of JSON.parse(document.getElementById('data').textContent)) {
  (plot.kind === 'bars' ? bars : lines)(plot);
}
