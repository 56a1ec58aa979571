import { createApp } from 'vue';
import App from './App.vue';
import { language, setLanguage } from './i18n';
import { applyTextSize } from './lib/textSize';
import './styles/base.css';

applyTextSize();
setLanguage(language.value);
createApp(App).mount('#app');
