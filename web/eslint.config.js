import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const onlyWrapped = {
  'no-restricted-imports': [
    'error',
    {
      paths: [
        { name: 'echarts', message: 'Charts only through ui/Chart.vue: it escapes what it shows.' },
        { name: 'maplibre-gl', message: 'Maps only through ui/CityMap.vue.' }
      ],
      patterns: [{ group: ['echarts/*'], message: 'Charts only through ui/Chart.vue.' }]
    }
  ]
}

export default [
  { ignores: ['dist/**', 'src/api/schema.d.ts'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/essential'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    files: ['src/**/*.{ts,vue}'],
    rules: { ...onlyWrapped, 'vue/no-v-html': 'error', '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }], 'vue/multi-word-component-names': 'off' }
  },
  { files: ['src/ui/Chart.vue', 'src/ui/CityMap.vue', 'src/ui/chart*.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['src/rooms/*/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: onlyWrapped['no-restricted-imports'][1].paths,
          patterns: [{ group: ['@/rooms/*'], message: 'A room never imports another room.' }, { group: ['echarts/*'] }]
        }
      ]
    }
  }
]
